#!/usr/bin/env bash
# Checks an installation: that the files are there, that pkg-config finds them, and that programs can be built with
# what pkg-config says, linked either way, and run on the installed library: one of its own, one in C++, and those that
# the README shows.
#
#   make install PREFIX=/usr/local DESTDIR=<folder>
#   c_tests/install_check.sh <folder> [prefix]
#
# Environment: CC, CXX.
set -u
[[ $# -ge 1 && -d $1 ]] || { echo "usage: $0 <DESTDIR> [prefix]" >&2 && exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
destination=$(cd "$1" && pwd) prefix=${2:-/usr/local}
libraries=$destination$prefix/lib
CC=${CC:-cc} CXX=${CXX:-c++}
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs the command after the first argument; counts, and shows what a failing command wrote.
check() {
    local what=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n' "$what"
        head -n 20 "$work/log" | sed 's/^/    /'
    fi
}

# pkg-config as for a cross build: it knows this installation only, and puts $destination before every path.
installed() {
    PKG_CONFIG_PATH="" PKG_CONFIG_LIBDIR=$libraries/pkgconfig PKG_CONFIG_SYSROOT_DIR=$destination \
        pkg-config "$@" quarry
}

soname_is() { readelf -d "$libraries/libquarry.so.0" | grep -F "soname: [$1]"; }

# libc and its loader: the allocator of every process must not bring anything else along.
needs_only_libc() { ! readelf -d "$libraries/libquarry.so.0" | grep NEEDED | grep -vE '\[(libc\.so|ld-linux)'; }

# std's reports of panics would treble what the library takes in every process.
holds_no_panic() {
    nm "$libraries/libquarry.so.0" >"$work/symbols" && grep -q quarry "$work/symbols" &&
        ! grep -E 'rust_begin_unwind|panicking' "$work/symbols"
}

exports_the_list() {
    grep -oE '[A-Za-z_0-9]+;' "$here/../src/abi/exports.map" | tr -d ';' | sort >"$work/listed"
    nm -D --defined-only "$libraries/libquarry.so.0" | awk '{ print $NF }' | sort | diff "$work/listed" -
}

# The header's version of every quarry_* name is the library's.
header_matches_the_list() {
    grep '^QUARRY_API' "$destination$prefix/include/quarry.h" | grep -oE '\bquarry_[a-z_]+\(' | tr -d '(' | sort -u \
        >"$work/declared"
    grep -oE 'quarry_[a-z_]+;' "$here/../src/abi/exports.map" | tr -d ';' | sort | diff "$work/declared" -
}

build() { # <program> <argument of the compiler>...
    local program=$1
    shift
    # shellcheck disable=SC2046 # pkg-config prints a list of words
    $CC -Wall -Wextra -Werror "$work/program.c" $(installed --cflags) "$@" -o "$work/$program"
}

# A program on both names of one heap: if malloc were another library's, quarry_free would stop it. Its one line of output
# is the version.
cat >"$work/program.c" <<'C'
#include <quarry.h>
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    for (size_t size = 0; size < 100000; size += 97)
        quarry_free(malloc(size));
    free(quarry_malloc(100));
    puts(quarry_version());
    return quarry_check();
}
C

# A program on the C++ header: a container, an object cache and a region.
cat >"$work/program.cpp" <<'C'
#include <quarry.hpp>
#include <cstdio>
#include <vector>
int main() {
    std::vector<int, quarry::allocator<int>> numbers(1000, 7);
    quarry::object_cache<std::vector<int>> vectors("vector", [] { return std::vector<int>(100, 1); });
    quarry::region region(100000);
    bool good = vectors.make()->size() == 100 && numbers[999] == 7 && region.size() >= 100000;
    std::puts(good ? quarry_version() : "wrong");
    return quarry_check();
}
C

build_cxx() {
    # shellcheck disable=SC2046 # pkg-config prints a list of words
    $CXX -std=c++17 -Wall -Wextra -Werror "$work/program.cpp" $(installed --cflags --libs) -o "$work/cxx"
}

# Writes the programs that the README shows, the C and C++ blocks that have a main, to $work/readme_1.c, .cpp and so on.
extract() {
    awk -v work="$work" '
        /^```c(pp)?$/ { text = ""; inside = 1; kind = substr($0, 4); next }
        /^```$/ { if (inside && text ~ /int main/) printf "%s", text > (work "/readme_" ++count "." kind); inside = 0 }
        inside { text = text $0 "\n" }' "$here/../README.md"
}

build_and_run_readme() { # <source>
    local compile="$CC -std=gnu11"
    [[ $1 == *.cpp ]] && compile="$CXX -std=c++17"
    # shellcheck disable=SC2046 # pkg-config prints a list of words
    $compile -Wall -Wextra -Werror "$1" $(installed --cflags --libs) -lpthread -o "${1%.*}" &&
        LD_LIBRARY_PATH=$libraries "${1%.*}"
}

# Runs program $1, which must print the version that pkg-config knows.
runs() { [[ $(LD_LIBRARY_PATH=$libraries "$work/$1") == "$(installed --modversion)" ]]; }

check "libquarry.so.0 is a file" test -f "$libraries/libquarry.so.0" -a ! -L "$libraries/libquarry.so.0"
check "libquarry.so is a link to it" test "$(readlink "$libraries/libquarry.so")" = libquarry.so.0
check "libquarry.a is a file" test -f "$libraries/libquarry.a"
check "quarry.h is a file" test -f "$destination$prefix/include/quarry.h"
check "quarry.hpp is a file" test -f "$destination$prefix/include/quarry.hpp"
check "quarry.pc is a file" test -f "$libraries/pkgconfig/quarry.pc"
check "quarry.pc has no placeholder left" test "$(grep -c '@' "$libraries/pkgconfig/quarry.pc")" = 0
check "the soname is libquarry.so.0" soname_is libquarry.so.0
check "the library needs libc only" needs_only_libc
check "the library holds no code of panics" holds_no_panic
check "the library exports the names of exports.map" exports_the_list
check "quarry.h declares the quarry_* names of exports.map" header_matches_the_list

check "pkg-config finds the header" test "$(installed --cflags)" = "-I$destination$prefix/include "
check "pkg-config finds the library" test "$(installed --libs)" = "-L$libraries -lquarry "
check "pkg-config has the version" grep -E '^[0-9]+\.[0-9]+\.[0-9]+' <(installed --modversion)

# shellcheck disable=SC2046 # pkg-config prints lists of words
{
    check "a program links with the shared library" build shared $(installed --libs)
    check "a program links with libquarry.a" build archive $(installed --static --libs | sed 's/-lquarry/-l:libquarry.a/')
    check "a program links statically as a whole" build whole -static $(installed --static --libs)
}
check "the program with the shared library needs it" grep -F libquarry.so.0 <(readelf -d "$work/shared")
check "the program with libquarry.a does not need the library" test "$(readelf -d "$work/archive" | grep -c libquarry)" = 0
for program in shared archive whole; do
    check "the program '$program' runs" runs $program
done

check "a C++ program compiles with quarry.hpp" build_cxx
check "the C++ program runs" runs cxx

extract
check "the README shows a program for each of five levels" test "$(find "$work" -name 'readme_*.c' | wc -l)" = 5
check "the README shows a program in C++" test "$(find "$work" -name 'readme_*.cpp' | wc -l)" = 1
for source in "$work"/readme_*.c "$work"/readme_*.cpp; do
    check "program ${source##*/readme_} of the README runs" build_and_run_readme "$source"
done

echo "$passed passed, $failed failed"
((failed == 0))
