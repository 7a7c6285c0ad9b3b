#!/usr/bin/env python3
"""Measures Sealpost beside the system's OpenSSL on the same inputs in one run, and writes bench/RESULTS.md and a
JSON file. Called by run.sh, which builds both sides and makes the material.

Figures against OpenSSL are CPU seconds (user and system) of runs that alternate; a row's figure is the median. Every
output of a timed run is compared with what it must be. Peak memory is the child's largest resident set as the system
counted it; GNU time starts it, for a peak begins with the launcher's own size.
"""
import argparse, json, os, platform, shutil, statistics, subprocess, sys, time

parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
parser.add_argument('--sealpost', required=True)
parser.add_argument('--bench', required=True)
parser.add_argument('--peer', required=True)
parser.add_argument('--data', required=True, help='the folder that material.sh made')
parser.add_argument('--work', required=True, help='a folder in memory for outputs: three times the large mail')
parser.add_argument('--disk', required=True, help='a folder for the messages of the memory rows')
parser.add_argument('--rounds', type=int, default=3)
parser.add_argument('--seconds', type=float, default=0.5, help='CPU seconds of each in-process sample')
parser.add_argument('--memory-mib', type=int, default=4096)
parser.add_argument('--only', default='small,revocation,jobs,process,files,memory')
parser.add_argument('--json', required=True)
parser.add_argument('--markdown', default='')
a = parser.parse_args()
D, W = a.data, a.work
OPENSSL = shutil.which('openssl')
TIME = shutil.which('time') or sys.exit('the program time is needed (GNU time)')
MEMORY_GOAL = 32
FLOOR_GOAL = 0.8


def child(argv, stdin=None, stdout=None):
    """Runs to the end; CPU seconds, wall seconds and peak MiB. A failure ends the measurement."""
    report = W + '/usage'
    begun = time.monotonic()
    done = subprocess.run([TIME, '-q', '-o', report, '-f', '%U %S %M', *argv], stdin=stdin or subprocess.DEVNULL,
                          stdout=stdout or subprocess.DEVNULL, stderr=open(W + '/errors', 'w'))
    wall = time.monotonic() - begun
    if done.returncode:
        sys.exit(f'{" ".join(argv)}: exit {done.returncode}\n{open(W + "/errors").read()}')
    user, system, peak = open(report).read().split()
    return dict(cpu=float(user) + float(system), wall=wall, mib=int(peak) / 1024)


def same(one, other):
    if subprocess.run(['cmp', '-s', one, other]).returncode:
        sys.exit(f'{one} is not what it must be')


def remove(*paths):
    for path in paths:
        if os.path.exists(path):
            os.unlink(path)


def ours(*args):
    return [a.sealpost, 'cms', *args]


def theirs(*args):
    return [OPENSSL, 'cms', *args]


def sign(kind, detached, source, out, form='smime'):
    return ours('sign', '-q', '--form', form, *(['--detached'] if detached else []), '--cert', f'{D}/{kind}.pem', '--key',
                f'{D}/{kind}.key', '--chain', f'{D}/issuing-{kind}.pem', '--force', '-o', out, *source)


def encrypt(kind, source, out, form='smime'):
    return ours('encrypt', '-q', '--form', form, '--cipher', 'aes-256-cbc', '--rsa', 'pkcs1', '--to', f'{D}/{kind}.pem',
                '--force', '-o', out, *source)


def verify(kind, source, out, content=None):
    return ours('verify', '-q', '--trust', f'{D}/root-{kind}.pem', '--force', '-o', out,
                *(['--content', content] if content else []), *source)


def decrypt(kind, source, out):
    return ours('decrypt', '-q', '--key', f'{D}/{kind}.key', '--cert', f'{D}/{kind}.pem', '--force', '-o', out, *source)


def openssl_sign(kind, detached, source, out):
    return theirs('-sign', '-stream', *([] if detached else ['-nodetach']), '-signer', f'{D}/{kind}.pem', '-inkey',
                  f'{D}/{kind}.key', '-certfile', f'{D}/issuing-{kind}.pem', '-in', source, '-out', out)


def openssl_verify(kind, source, out):
    return theirs('-verify', '-CAfile', f'{D}/root-{kind}.pem', '-in', source, '-out', out)


def alternating(rounds, peer, own, after=lambda out: None):
    """Medians of the CPU seconds of both, A B A B."""
    samples = ([], [])
    for _ in range(rounds):
        for which, (argv, out) in enumerate((peer, own)):
            remove(out)
            samples[which].append(child(argv))
            after(out)
    return [{key: statistics.median(s[key] for s in one) for key in one[0]} for one in samples]


def floor(argv):
    """What the bare primitives cost, in microseconds, and how they were counted."""
    return json.loads(subprocess.run([a.bench, *argv], check=True, capture_output=True).stdout)


def row(rows, section, name, peer, own, target, unit, bare=None):
    """`bare` are (floor, parts) in this row's unit."""
    ratio = peer / own
    found = dict(section=section, name=name, peer=peer, own=own, unit=unit, ratio=ratio, target=target, met=ratio >= target)
    if bare:
        share = bare[0] / own
        found.update(floor=bare[0], parts=bare[1], share=share, met=ratio >= target and share >= FLOOR_GOAL)
    rows.append(found)
    of_floor = f' {found["share"]:5.2f} of the floor' if bare else ''
    print(f'{section:8} {name:34} {peer:12.4g} {own:12.4g} {unit:6} {ratio:7.2f}x  target {target}x{of_floor} '
          f'{"" if found["met"] else "SHORT"}', flush=True)


def small(rows):
    """In process: libcrypto's program and ours, on a mail of 10 KiB."""
    chain = lambda k: ['-c', f'{D}/{k}.pem', '-k', f'{D}/{k}.key', '-i', f'{D}/issuing-{k}.pem', '-a', f'{D}/root-{k}.pem']
    one = lambda k: ['-c', f'{D}/{k}.pem', '-k', f'{D}/{k}.key', '-r', f'{D}/{k}.pem']
    many = lambda k: ['-r', f'{D}/recipients-{k}.pem', '-c', f'{D}/recipients/{k}-1000.pem', '-k',
                      f'{D}/recipients/{k}-1000.key']
    work = [('sign', 'rsa', chain, 1.05), ('sign', 'ec', chain, 1.5), ('verify', 'rsa', chain, 4), ('verify', 'ec', chain, 3),
            ('encrypt', 'rsa', one, 1.5), ('encrypt', 'ec', one, 2), ('decrypt', 'rsa', one, 1.05), ('decrypt', 'ec', one, 2),
            ('encrypt', 'rsa', many, 1.0), ('encrypt', 'ec', many, 2), ('decrypt', 'rsa', many, 6), ('decrypt', 'ec', many, 10)]
    for operation, kind, options, target in work:
        samples, floors = ([], []), []
        for _ in range(a.rounds):
            shared = ['-m', f'{D}/small.eml', '-s', str(a.seconds), *options(kind)]
            for which, program in enumerate((a.peer, a.bench)):
                argv = [program, operation, *shared]
                samples[which].append(json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)['microseconds'])
            floors.append(floor(['--floor', operation, *shared]))
        floors.sort(key=lambda one: one['microseconds'])
        bare = floors[len(floors) // 2]
        name = f'{operation}{" of 1000" if options is many else ""} {"RSA-2048" if kind == "rsa" else "P-256"}'
        row(rows, 'small', name, *map(statistics.median, samples), target, 'us', (bare['microseconds'], bare['parts']))


def revocation(rows):
    """A path of three whose certificates are on no CRL, one of which lists a hundred thousand; certificates and CRLs are
    read before."""
    for kind, label in (('rsa', 'RSA-2048'), ('ec', 'P-256')):
        shared = ['-m', f'{D}/small.eml', '-s', str(a.seconds), '-c', f'{D}/{kind}.pem', '-i', f'{D}/issuing-{kind}.pem', '-a',
                  f'{D}/root-{kind}.pem', '-l', f'{D}/crls-{kind}.pem']
        samples = ([], [])
        for _ in range(a.rounds):
            for which, program in enumerate((a.peer, a.bench)):
                argv = [program, 'chain-crl', *shared]
                samples[which].append(json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)['microseconds'])
        row(rows, 'revocation', f'path, CRL of 100,000, {label}', *map(statistics.median, samples), 10, 'us')


def jobs(rows):
    """Many recipients shared out among two threads, by the clock on the wall; libcrypto's program has one thread."""
    for kind, label, target in (('rsa', 'RSA-2048', 1.6), ('ec', 'P-256', 2)):
        shared = ['-m', f'{D}/small.eml', '-s', str(a.seconds), '-r', f'{D}/recipients-{kind}.pem']
        samples = ([], [])
        for _ in range(a.rounds):
            for which, argv in enumerate(([a.peer, 'encrypt', *shared], [a.bench, 'encrypt', *shared, '-j', '2'])):
                done = subprocess.run(argv, check=True, capture_output=True).stdout
                samples[which].append(json.loads(done)['microseconds'])
        row(rows, 'jobs', f'encrypt of 1000 {label}, 2 jobs', *map(statistics.median, samples), target, 'us')


def process(rows):
    """A process per message: wall and CPU seconds of many runs."""
    for kind, label in (('rsa', 'RSA-2048'), ('ec', 'P-256')):
        signed = f'{W}/small.p7'
        child(sign(kind, True, [f'{D}/small.eml'], signed))
        peer, own = openssl_verify(kind, signed, f'{W}/o1'), verify(kind, [signed], f'{W}/o2')
        times = ([], [])
        for index in range(10 + 20 * a.rounds):
            for which, argv in enumerate((peer, own)):
                begun = time.perf_counter()
                subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                if index >= 10:
                    times[which].append((time.perf_counter() - begun) * 1e3)
        same(f'{W}/o2', f'{D}/small.eml')
        row(rows, 'process', f'cms verify 10 KiB {label}', *map(statistics.median, times), 1.0, 'ms')


def files(rows):
    """CPU seconds on the large mail against openssl cms -stream, S/MIME."""
    large, kind = f'{D}/large.eml', 'rsa'
    out = lambda name: f'{W}/{name}'
    check = lambda path: same(path, large)

    def run(name, peer, own, target, after=lambda p: None):
        peer, own = (m['cpu'] for m in alternating(a.rounds, peer, own, after))
        bare = floor(['--file-floor', name, '-m', large, '-o', out('floor')])
        row(rows, 'files', name, peer, own, target, 's', (bare['microseconds'] / 1e6, bare['parts']))

    sealed = out('sealed')
    run('encrypt', (theirs('-encrypt', '-stream', '-aes256', '-in', large, '-out', sealed, f'{D}/{kind}.pem'), sealed),
        (encrypt(kind, [large], sealed), sealed), 1.2)
    run('decrypt', (theirs('-decrypt', '-recip', f'{D}/{kind}.pem', '-inkey', f'{D}/{kind}.key', '-in', sealed, '-out',
                           out('o1')), out('o1')), (decrypt(kind, [sealed], out('o2')), out('o2')), 3.5, check)
    remove(sealed, out('o1'), out('o2'))
    for detached, word, target in ((True, 'detached', 8), (False, 'attached', 3)):
        signed = out('signed')
        run(f'sign {word}', (openssl_sign(kind, detached, large, signed), signed),
            (sign(kind, detached, [large], signed), signed), 1.2)
        run(f'verify {word}', (openssl_verify(kind, signed, out('o1')), out('o1')),
            (verify(kind, [signed], out('o2')), out('o2')), target,
            lambda p: check(p) if p == out('o2') else None)
        remove(signed, out('o1'), out('o2'))


def memory(rows):
    """Peak resident set on a message that is larger than anything that may be held."""
    folder = a.disk
    large = f'{folder}/memory.eml'
    if not os.path.exists(large) or os.path.getsize(large) < a.memory_mib << 20:
        with open(large, 'wb') as to:
            while to.tell() < a.memory_mib << 20:
                with open(f'{D}/large.eml', 'rb') as source:
                    shutil.copyfileobj(source, to, 1 << 20)
    os.environ['SEALPOST_SPOOL'] = folder
    kind, out = 'rsa', f'{folder}/memory.out'

    def take(name, argv, path, pipe, expected=None):
        if pipe:
            feeder = subprocess.Popen(['cat', path], stdout=subprocess.PIPE)
            result = child(argv(['-'], out), stdin=feeder.stdout)
            feeder.stdout.close()
            feeder.wait()
        else:
            result = child(argv([path], out))
        if expected:
            same(out, expected)
        met = result['mib'] <= MEMORY_GOAL
        name = f'{name}, {"pipe" if pipe else "file"}'
        rows.append(dict(section='memory', name=name, own=result['mib'], cpu=result['cpu'], unit='MiB', target=MEMORY_GOAL, met=met))
        print(f'memory   {name:40} {result["mib"]:6.1f} MiB  {result["cpu"]:6.1f} s {"" if met else "OVER"}', flush=True)

    for form in ('smime', 'der'):
        for pipe in (False, True):
            message = f'{folder}/memory.p7'
            made = lambda: os.replace(out, message)
            take(f'sign detached {form}', lambda s, o: sign(kind, True, s, o, form), large, pipe)
            made()
            take(f'verify detached {form}', lambda s, o: verify(kind, s, o, large if form == 'der' else None), message, pipe,
                 large)
            remove(message, out)
            take(f'sign attached {form}', lambda s, o: sign(kind, False, s, o, form), large, pipe)
            made()
            take(f'verify attached {form}', lambda s, o: verify(kind, s, o), message, pipe, large)
            remove(message, out)
            take(f'encrypt {form}', lambda s, o: encrypt(kind, s, o, form), large, pipe)
            made()
            take(f'decrypt {form}', lambda s, o: decrypt(kind, s, o), message, pipe, large)
            remove(message, out)
    remove(large)


def markdown(report):
    lines = ['# Measured', '',
             f'{report["date"]}, {report["machine"]}; {report["openssl"]}. Made by `bench/run.sh`, which says how.', '']
    for section, title, text in SECTIONS:
        found = [r for r in report['rows'] if r['section'] == section]
        if not found:
            continue
        lines += [f'## {title}', '', text, '']
        if section == 'memory':
            lines += ['| What | Peak MiB | Goal | CPU s | Met |', '|---|---:|---:|---:|---|']
            lines += [f'| {r["name"]} | {r["own"]:.1f} | {r["target"]} | {r["cpu"]:.1f} | {"yes" if r["met"] else "**no**"} |'
                      for r in found]
        else:
            floors = any('floor' in r for r in found)
            heads = ['What', f'OpenSSL, {found[0]["unit"]}', f'Sealpost, {found[0]["unit"]}', 'Ratio', 'Goal',
                     *([f'Floor, {found[0]["unit"]}', 'Of the floor', 'Goal'] if floors else []), 'Met']
            lines += ['| ' + ' | '.join(heads) + ' |', '|---' + '|---:' * (len(heads) - 2) + '|---|']
            bare = lambda r: f' {r["floor"]:.4g} | {r["share"]:.2f} | ≥ {FLOOR_GOAL} |' if floors else ''
            lines += [f'| {r["name"]} | {r["peer"]:.4g} | {r["own"]:.4g} | {r["ratio"]:.2f}× | ≥ {r["target"]}× |{bare(r)} '
                      f'{"yes" if r["met"] else "**no**"} |' for r in found]
            if floors:
                lines += ['', 'The floor is the sum of: ' + '; '.join(
                    f'*{r["name"]}*: ' + ', '.join(f'{p["times"]:.3g} × {p["name"]} {p["microseconds"] / (1e6 if r["unit"] == "s" else 1):.3g}'
                                                  for p in r['parts']) for r in found if 'parts' in r) + '.']
        lines.append('')
    notes = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'NOTES.md')
    if os.path.exists(notes):
        lines += [open(notes).read().rstrip(), '']
    return '\n'.join(lines)


SECTIONS = [
    ('files', 'A large mail, as files',
     'CPU seconds of one process on a MIME entity of 1 GiB, S/MIME form, RSA-2048, AES-256-CBC, beside `openssl cms -stream`. '
     'Reading rows read the message twice (nothing is released before it is proven), writing rows once; '
     'detached signing twice.'),
    ('process', 'A process for each mail', 'Median wall time of a process that verifies a mail of 10 KiB with a path of three '
     'certificates.'),
    ('small', 'Small mails in one process', 'CPU time for each operation on a mail of 10 KiB, S/MIME form, one thread, beside a '
     'C program on libcrypto. Verifying includes the path of three certificates, and every reading row reads twice.'),
    ('revocation', 'Revocation', 'CPU time of a path of three certificates of which neither is revoked, by two CRLs of which one '
     'lists a hundred thousand, beside `X509_verify_cert` with `X509_V_FLAG_CRL_CHECK_ALL`. Certificates and CRLs are read '
     'before; every signature is checked each time.'),
    ('jobs', 'Several threads', 'Wall time of an encryption to a thousand recipients by two threads (`--jobs 2`), beside the one that '
     'the program on libcrypto has.'),
    ('memory', 'Memory', 'Peak resident set of one process on a message of 4 GiB.'),
]

rows = []
os.makedirs(W, exist_ok=True)
os.makedirs(a.disk, exist_ok=True)
for part in a.only.split(','):
    dict(small=small, revocation=revocation, jobs=jobs, process=process, files=files, memory=memory)[part](rows)
known = []
if os.path.exists(a.json):
    known = [r for r in json.load(open(a.json))['rows'] if r['section'] not in a.only.split(',')]
version = subprocess.run([OPENSSL, 'version'], capture_output=True, text=True).stdout.strip()
cpu = next((l.split(':')[1].strip() for l in open('/proc/cpuinfo') if l.startswith('model name')), platform.machine())
report = dict(date=time.strftime('%Y-%m-%d'), machine=f'{cpu}, {os.cpu_count()} threads', openssl=version, rows=known + rows)
json.dump(report, open(a.json, 'w'), indent=1)
if a.markdown:
    open(a.markdown, 'w').write(markdown(report))
short = [r['name'] for r in rows if not r['met']]
print(f'{len(rows)} rows, {len(short)} short of their goals')
