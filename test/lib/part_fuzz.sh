# SPDX-License-Identifier: Apache-2.0
#
# The fuzzers, test/fuzz/*_fuzz.c, each with the sanitizers and the property
# that it holds the engine to. Without an argument, as by default: a number of
# inputs with a fixed seed, the same on each run. With SECONDS: each for so
# long, with a seed of its own; what it finds worth keeping is kept in
# build/fuzz/corpus. With a name behind it, only that one: test/run fuzz 600
# origin.

FUZZ_SHORT=(-seed=1 -runs=5000)

part_fuzz() {
    local seconds=${1:-} only=${2:-} name
    local names=(config expression list origin request)
    ensure_packages clang libclang-rt-dev
    build_module fuzz CC=clang --enable-werror --enable-asan \
        "CFLAGS=-O1 -g -fsanitize=fuzzer-no-link" \
        || { count 0 1; return; }
    # shellcheck disable=SC2086 # a list of names without blanks
    quietly make-fuzz make -C "$BUILD_DIR" -j"$(nproc)" \
        $(printf 'test/fuzz/%s_fuzz ' "${names[@]}") \
        || { say "FAILED: the fuzzers do not compile"; count 0 1; return; }
    for name in "${names[@]}"; do
        case $name in
        *"$only"*)
            check "fuzzing ${name}" fuzz_one "$name" "$seconds" ;;
        esac
    done
}

# Starts from test/fuzz/corpus/NAME. An input that fails is left in
# build/fuzz/found, and its name is in the output.
fuzz_one() {
    local name=$1 seconds=$2 corpus=$CORS_BUILD/fuzz/corpus/$1
    local found=$CORS_BUILD/fuzz/found
    local how=("${FUZZ_SHORT[@]}")
    mkdir -p "$found" "$CORS_BUILD/log"
    if [ -n "$seconds" ]; then
        how=(-max_total_time="$seconds")
    else
        rm -rf "$corpus"
    fi
    mkdir -p "$corpus"
    quietly "fuzz-$name" isolated timeout $((${seconds:-900} + 60)) \
        "$BUILD_DIR/test/fuzz/${name}_fuzz" "${how[@]}" -max_len=1024 \
        -timeout=60 -rss_limit_mb=1024 -dict="$CORS_ROOT/test/fuzz/cors.dict" \
        -artifact_prefix="$found/$name-" "$corpus" \
        "$CORS_ROOT/test/fuzz/corpus/$name"
}
