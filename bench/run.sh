#!/bin/sh
# Measures Sealpost beside the system's OpenSSL and writes RESULTS.md; see measure.py for how. Needs a C compiler with
# libcrypto's headers, the openssl command, python3, GNU time, 4 GiB in SCRATCH (memory) and 20 GiB in DISK for the memory rows.
#
#   bench/run.sh [--only small,revocation,jobs,process,files,memory] [--rounds N] …
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../target}
export CARGO_TARGET_DIR="$target"
scratch=${SCRATCH:-/dev/shm/sealpost-bench} disk=${DISK:-/var/tmp/sealpost-bench}
cargo build --profile dist --manifest-path "$here/../Cargo.toml" -p sealpost -p bench
cc -O2 -o "$target/peer" "$here/peer/libcrypto.c" -lcrypto
"$here/material.sh" "$scratch/data"
exec python3 "$here/measure.py" --sealpost "$target/dist/sealpost" --bench "$target/dist/bench" --peer "$target/peer" \
    --data "$scratch/data" --work "$scratch/work" --disk "$disk" --json "$target/bench.json" \
    --markdown "$here/RESULTS.md" "$@"
