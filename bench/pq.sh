#!/bin/sh
# Measures ML-KEM-768 and ML-DSA-65 mails beside OpenSSL 3.6, on one mail of 10 KiB, in process, CPU time. Builds both
# sides: OpenSSL's source takes minutes the first time. Prints a row for each operation, and fails below the goal.
#
#   bench/pq.sh [ROUNDS]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../target}
peer=${SEALPOST_OPENSSL36:-$here/../tests/openssl36/target/release/openssl36}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CARGO_TARGET_DIR="$target" cargo build --release --locked --manifest-path "$here/../Cargo.toml" -p bench
[ -x "$peer" ] || (cd "$here/../tests/openssl36" && CARGO_TARGET_DIR=target nice cargo build --release --locked)
"$peer" signer ML-DSA-65 "$work/sign.key" "$work/sign.pem"
"$peer" recipient ML-KEM-768 "$work/open.key" "$work/open.pem"
{
    printf 'Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    head -c 7486 /dev/urandom | base64 -w 76 | sed 's/$/\r/'
} > "$work/mail"
"$peer" version
python3 - "$target/release/bench" "$peer" "$work" "${1:-5}" <<'P'
import json, statistics, subprocess, sys

own, peer, work, rounds = *sys.argv[1:4], int(sys.argv[4])
signing = ['-c', f'{work}/sign.pem', '-k', f'{work}/sign.key', '-a', f'{work}/sign.pem', '-i', '/dev/null']
opening = ['-c', f'{work}/open.pem', '-k', f'{work}/open.key', '-r', f'{work}/open.pem']
short = 0
for name, operation, options in [('ML-DSA-65', 'sign', signing), ('ML-DSA-65', 'verify', signing),
                                 ('ML-KEM-768', 'encrypt', opening), ('ML-KEM-768', 'decrypt', opening)]:
    samples = ([], [])
    for _ in range(rounds):
        for which, program in enumerate(([peer, 'bench'], [own])):
            argv = [*program, operation, '-m', f'{work}/mail', '-s', '0.5', *options]
            samples[which].append(json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)['microseconds'])
    theirs, ours = map(statistics.median, samples)
    short += theirs / ours < 1.5
    print(f'{name} {operation:8} OpenSSL {theirs:9.1f} us   Sealpost {ours:9.1f} us   {theirs / ours:5.2f}x   goal 1.5x'
          f'{"   SHORT" if theirs / ours < 1.5 else ""}')
sys.exit(short > 0)
P
