#!/usr/bin/env bash
# Runs the C tests: one behaviour per file, specified by the comment that the file opens with.
#
#   c_tests/run.sh [--variant shared|static|preload|glibc] [filter]
#
# Every C and C++ source is a test, but for those in places/, programs/ and folders called lib (what tests build for
# themselves). Its first line starts with "/* expect:". The comment's keys:
#
#   expect:  exit N                the status; or
#            abort "double free"   SIGABRT, and standard error is exactly the line that the test announced on
#                                  standard output (misuse/stop.h), which begins with "quarry: double free: 0x"
#   run:     variants, of          shared   linked with libquarry.so
#                                  static   linked with libquarry.a
#                                  preload  a plain program under LD_PRELOAD
#                                  glibc    a plain program on libc's own malloc (for tests that dlopen the library)
#            default: shared static preload
#   needs:   quarry                the test asks for more than every malloc gives; --variant glibc leaves it out
#            root                  left out for other users
#            faults                the library is built to make calls to the kernel fail (`make test-faults`); left out
#                                  unless $C_TESTS_FAULTS is set
#   conf:    QUARRY_CONF           default: not set
#   env:     NAME=value ...        further environment, expanded by the shell
#   prep:    shell command         run first in the test's own folder, with $HERE (the source's folder), $BUILD_LIBRARY,
#                                  $QUARRY_SO; the test is compiled and started in that folder too. May be given several times
#   flags:   further arguments of the compiler, such as what `prep` made
#   stderr:  extended regular expression that all of standard error must match; default: nothing was written
#   why:     the clause or the reason
#
# A test that tries many cases says how many by a line "N cases" on standard output; the sum is printed.
#
# A specification that cannot be understood fails in every variant, and so does a run that leaves no result.
#
# Without --variant every test runs in its own variants. With `--variant glibc` all tests that need no Quarry run on libc's
# malloc, or on the library that $STAND_IN names: this is how the tests themselves are tested.
#
# Environment: CC, CXX, QUARRY_SO, QUARRY_A, C_TESTS_BUILD (where programs go), C_TESTS_TIMEOUT (seconds for one run).
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")

# The worker: builds and runs one test ------------------------------------------------------------------------------------

# Reads the specification of $1 into the array `spec`, and what is wrong with it into `wrong`: misspelt, it would test
# nothing.
read_spec() {
    wrong=""
    declare -gA spec=([run]="shared static preload" [needs]="" [conf]="" [env]="" [prep]=: [flags]="" [stderr]="" [why]="")
    local line key value word
    while IFS= read -r line; do
        if [[ $line =~ ^(/\*| \*)\ ([a-z]+):\ *(.*)$ ]]; then
            key=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]%%\*/*}
            value=${value%"${value##*[! ]}"}
            case $key in
                prep) spec[prep]+=" && $value" ;;
                expect | run | needs | conf | env | flags | stderr | why) spec[$key]=$value ;;
                *) wrong="unknown key '$key' in the specification" ;;
            esac
        fi
        [[ $line == *'*/'* ]] && break
    done <"$1"
    IFS= read -r line <"$1"
    [[ $line == "/* expect:"* ]] || wrong="the first line does not begin with '/* expect:'"
    [[ -n ${spec[run]} ]] || wrong="no variant to run"
    for word in ${spec[run]}; do
        [[ " $VARIANTS " == *" $word "* ]] || wrong="unknown variant '$word' in the specification"
    done
    for word in ${spec[needs]}; do
        [[ " quarry root faults " == *" $word "* ]] || wrong="unknown need '$word' in the specification"
    done
}

# Prints the variants in which test $1 runs; for a specification that is wrong, all, so that nothing leaves it out.
variants_of() {
    local wrong variant
    read_spec "$1"
    [[ -n $wrong ]] && echo "${C_TESTS_VARIANT:-$VARIANTS}" && return
    [[ ${spec[needs]} == *root* && $EUID != 0 ]] && return
    [[ ${spec[needs]} == *faults* && -z ${C_TESTS_FAULTS:-} ]] && return
    case $C_TESTS_VARIANT in
        "") echo "${spec[run]}" ;;
        glibc) [[ ${spec[needs]} == *quarry* ]] || echo glibc ;;
        *) [[ " ${spec[run]} " != *" $C_TESTS_VARIANT "* ]] || echo "$C_TESTS_VARIANT" ;;
    esac
}

# Prints the file for the result of test $1 in variant $2.
result_of() {
    local name=${1#"$here/"}
    echo "$C_TESTS_BUILD/results/${name//\//.}.$2"
}

# Compiles test $1 for variant $2 into $3. The plain program serves `preload` and `glibc` alike.
compile() {
    local source=$1 variant=$2 program=$3 compiler libraries=()
    case $source in
        *.c) compiler="$CC -std=gnu11" ;;
        *) compiler="$CXX -std=gnu++17" ;;
    esac
    case $variant in
        shared)
            libraries=(-DQUARRY_LINKED "$C_TESTS_BUILD/lib/libquarry.so" "-Wl,-rpath,$C_TESTS_BUILD/lib") ;;
        static) libraries=(-DQUARRY_LINKED "$QUARRY_A") ;;
    esac
    # shellcheck disable=SC2086 # the compiler and the flags are lists of words
    $compiler $WARNINGS -O1 "$source" -o "$program" "${libraries[@]}" ${spec[flags]} -lpthread -ldl -lm
}

# Prints what is wrong with a run of status $1 that left files stdout and stderr; nothing if it is as specified.
compare() {
    local status=$1 written announced text
    written=$(<stderr)
    ((status == 124)) && echo "still running after $C_TESTS_TIMEOUT s" && return
    if [[ ${spec[expect]} =~ ^exit\ ([0-9]+)$ ]]; then
        ((status == BASH_REMATCH[1])) || echo "status $status, expected ${BASH_REMATCH[1]}"
        [[ $written =~ ^(${spec[stderr]})$ ]] || echo "standard error does not match '${spec[stderr]}'"
    elif [[ ${spec[expect]} =~ ^abort\ \"(.*)\"$ ]]; then
        text=${BASH_REMATCH[1]} announced=$(<stdout)
        ((status == 134)) || echo "status $status, expected 134 (SIGABRT)"
        [[ $announced == "quarry: $text: 0x"* ]] || echo "the test announced no '$text'"
        [[ $written == "$announced" ]] || echo "standard error is not the line announced: $announced"
    else
        echo "cannot read 'expect: ${spec[expect]}'"
    fi
}

# Builds and runs variant $2 of test $1 in the current folder; prints what is wrong.
try() {
    local source=$1 variant=$2 preloaded="" program=./plain
    local -a environment=()
    case $variant in
        shared | static) program=./$variant ;;
        preload) preloaded=$QUARRY_SO ;;
        glibc) preloaded=${STAND_IN:-} ;;
    esac
    (HERE=$(dirname "$source") && eval "${spec[prep]}") >prep 2>&1 || { echo "cannot prepare:" && cat prep && return; }
    compile "$source" "$variant" "$program" >compiler 2>&1 || { echo "does not compile:" && cat compiler && return; }
    [[ -n $preloaded ]] && environment+=("LD_PRELOAD=$preloaded")
    [[ -n ${spec[conf]} ]] && environment+=("QUARRY_CONF=${spec[conf]}")
    eval "environment+=(${spec[env]})"
    # The group swallows the shell's own remark that a signal ended the program.
    { timeout -k 5 "$C_TESTS_TIMEOUT" env "${environment[@]}" "$program" </dev/null >stdout 2>stderr; } 2>/dev/null
    compare $?
}

# Runs every wanted variant of test $1; leaves one line per run in $C_TESTS_BUILD/results.
run_test() {
    local source=$1 name=${1#"$here/"} variant wrong trouble
    read_spec "$source"
    for variant in $(variants_of "$source"); do
        mkdir -p "$C_TESTS_BUILD/$name.$variant" && cd "$C_TESTS_BUILD/$name.$variant" || exit 2
        trouble=${wrong:-$(try "$source" "$variant")}
        if [[ -z $trouble ]]; then
            echo "passed $(sed -n 's/^\([0-9]*\) cases$/\1/p' stdout)" >"$(result_of "$source" "$variant")"
        else
            echo failed >"$(result_of "$source" "$variant")"
            printf 'FAILED %s (%s): %s\n%s\n' "$name" "$variant" "$trouble" \
                "$(tail -n 20 stderr 2>/dev/null | cut -c 1-300 | sed 's/^/    /')"
        fi
    done
}

if [[ ${1:-} == --one ]]; then
    run_test "$2"
    exit 0
fi

# The runner: finds the tests and counts --------------------------------------------------------------------------------------

export VARIANTS="shared static preload glibc" C_TESTS_VARIANT="" C_TESTS_TIMEOUT=${C_TESTS_TIMEOUT:-60}
export C_TESTS_BUILD=${C_TESTS_BUILD:-$root/target/c_tests}
export CC=${CC:-cc} CXX=${CXX:-c++} WARNINGS="-Wall -Wextra -Werror -fno-builtin"
export BUILD_LIBRARY="$CC -std=gnu11 $WARNINGS -O1 -shared -fPIC"
QUARRY_SO=$(realpath -m "${QUARRY_SO:-$root/target/release/libquarry.so}")
QUARRY_A=$(realpath -m "${QUARRY_A:-$root/target/release/libquarry.a}")
export QUARRY_SO QUARRY_A

if [[ ${1:-} == --variant ]]; then
    C_TESTS_VARIANT=${2:-}
    case $C_TESTS_VARIANT in
        shared | static | preload | glibc) shift 2 ;;
        *) echo "usage: $0 [--variant shared|static|preload|glibc] [filter]" >&2 && exit 2 ;;
    esac
fi
if [[ $C_TESTS_VARIANT != glibc && ! (-f $QUARRY_SO && -f $QUARRY_A) ]]; then
    echo "no library at $QUARRY_SO or $QUARRY_A: build it first, or set QUARRY_SO and QUARRY_A" >&2
    exit 2
fi

# What surrounds the runner must not reach the tests.
unset QUARRY_CONF LD_PRELOAD LD_AUDIT
ulimit -c 0
rm -rf "$C_TESTS_BUILD/results" && mkdir -p "$C_TESTS_BUILD/results" || exit 2

# Linked programs ask for the library by the name that it gives itself (its SONAME), which an installation provides.
if [[ $C_TESTS_VARIANT != glibc ]]; then
    rm -rf "$C_TESTS_BUILD/lib" && mkdir -p "$C_TESTS_BUILD/lib" || exit 2
    own_name=$(objdump -p "$QUARRY_SO" | sed -n 's/^ *SONAME *//p')
    ln -s "$QUARRY_SO" "$C_TESTS_BUILD/lib/libquarry.so"
    ln -sf "$QUARRY_SO" "$C_TESTS_BUILD/lib/${own_name:-libquarry.so}"
fi

mapfile -d '' tests < <(find "$here" \( -path "$here/places" -o -path "$here/programs" -o -name lib \) -prune -o \
    \( -name '*.c' -o -name '*.cc' -o -name '*.cpp' -o -name '*.cxx' \) -path "$here/*${1:-}*" -print0 | sort -z)
((${#tests[@]} > 0)) && printf '%s\0' "${tests[@]}" | xargs -0 -n 1 -P "$(nproc)" "${BASH_SOURCE[0]}" --one

passed=0 failed=0 cases=0
for test in "${tests[@]}"; do
    for variant in $(variants_of "$test"); do
        result=$(cat "$(result_of "$test" "$variant")" 2>/dev/null)
        [[ -n $result ]] || echo "FAILED ${test#"$here/"} ($variant): it left no result"
        if [[ $result == passed* ]]; then ((passed += 1)); else ((failed += 1)); fi
        [[ $result == "passed "[0-9]* ]] && ((cases += ${result#* }))
    done
done
((cases == 0)) || echo "$cases cases tried by tests that count them"
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
