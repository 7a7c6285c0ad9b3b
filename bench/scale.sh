#!/bin/sh
# Measures a store of many people: how long an import takes and in how much memory, and how long a process takes that seals
# a mail to one of them. Needs python3, GNU time, and 10 GiB in DISK for a million people, which are freed at the end.
#
#   bench/scale.sh [PEOPLE]            [default: 1000000, with three certificates each]
#   PROFILE=dev bench/scale.sh 10000
set -eu
here=$(cd "$(dirname "$0")" && pwd)
people=${1:-1000000} profile=${PROFILE:-dist}
target=${CARGO_TARGET_DIR:-$here/../target}
export CARGO_TARGET_DIR="$target"
cargo build --profile "$profile" --manifest-path "$here/../Cargo.toml" -p sealpost -p bench
[ "$profile" = dev ] && built=$target/debug || built=$target/$profile
work=$(mktemp -d "${DISK:-/var/tmp}/sealpost-scale.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work"
export SEALPOST_STORE="$work/store"
"$built/sealpost" -q id new sender@example.com --no-passphrase
cp -pR store small
"$built/bench" contacts -n "$people" -a root.pem > people.pem
"$built/bench" contacts -n 1 -a other.pem > one.pem
"$built/sealpost" -q cert trust root.pem --yes
command time -q -f '%e %M' -o import.time "$built/sealpost" cert import people.pem
SEALPOST_STORE="$work/small" "$built/sealpost" -q cert trust other.pem --yes
SEALPOST_STORE="$work/small" "$built/sealpost" -q cert import one.pem
python3 - "$built/sealpost" "$people" "$profile" <<'PYTHON'
"""The import is one process that began with an empty store. Sealing is a whole process for each mail: cold, after the
store's pages were dropped from the page cache (posix_fadvise), and warm; beside it, a store of one person."""
import os, random, statistics, subprocess, sys, time

sealpost, people, profile = sys.argv[1], int(sys.argv[2]), sys.argv[3]
wall, peak = open('import.time').read().split()
os.remove('people.pem')
chosen = random.sample(range(people), min(40, people))


def drop(path):
    with open(path, 'rb') as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def seal(store, number, cold):
    mail = (f'From: sender@example.com\r\nTo: person{number}@team{number % 1000}.example.org\r\n'
            'Subject: Figures\r\n\r\nForty-two.\r\n')
    if cold:
        drop(f'{store}/store.db')
    begun = time.monotonic()
    done = subprocess.run([sealpost, 'seal', '--offline', '-q'], input=mail.encode(), stdout=subprocess.PIPE,
                          env=dict(os.environ, SEALPOST_STORE=store))
    taken = (time.monotonic() - begun) * 1000
    if done.returncode or b'smime-type' not in done.stdout:
        sys.exit(f'a mail to person{number} was not sealed')
    return taken


def figures(store, numbers, cold):
    taken = sorted(seal(store, number, cold) for number in numbers)
    return f'median {statistics.median(taken):.1f} ms, worst {taken[-1]:.1f} ms'


print(f'{people} people, {3 * people} certificates, profile {profile}')
print(f'import: {float(wall):.1f} s (goal 600), peak {int(peak) / 1024:.1f} MiB (goal 200)')
print(f'store: {os.path.getsize("store/store.db") / 2**30:.2f} GiB')
print(f'seal, a process of its own, page cache of the store dropped: {figures("store", chosen, True)} (goal 20)')
print(f'seal, a process of its own, warm: {figures("store", chosen, False)}')
print(f'seal, a store of one person, page cache of the store dropped: {figures("small", [0] * 40, True)}')
PYTHON
