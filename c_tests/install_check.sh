#!/usr/bin/env bash
# Checks an installation: that the files are there, that pkg-config finds them, and that a program can be built with
# what pkg-config says, linked either way, and runs on the installed library.
#
#   make install PREFIX=/usr/local DESTDIR=<folder>
#   c_tests/install_check.sh <folder> [prefix]
#
# Environment: CC.
set -u
[[ $# -ge 1 && -d $1 ]] || { echo "usage: $0 <DESTDIR> [prefix]" >&2 && exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
destination=$(cd "$1" && pwd) prefix=${2:-/usr/local}
libraries=$destination$prefix/lib
CC=${CC:-cc}
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

exports_the_list() {
    grep -oE '[A-Za-z_0-9]+;' "$here/../src/abi/exports.map" | tr -d ';' | sort >"$work/listed"
    nm -D --defined-only "$libraries/libquarry.so.0" | awk '{ print $NF }' | sort | diff "$work/listed" -
}

# The header's version of every quarry_* name is the library's.
header_matches_the_list() {
    grep -oE '\bquarry_[a-z_]+\(' "$destination$prefix/include/quarry.h" | tr -d '(' | sort -u >"$work/declared"
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

# Runs program $1, which must print the version that pkg-config knows.
runs() { [[ $(LD_LIBRARY_PATH=$libraries "$work/$1") == "$(installed --modversion)" ]]; }

check "libquarry.so.0 is a file" test -f "$libraries/libquarry.so.0" -a ! -L "$libraries/libquarry.so.0"
check "libquarry.so is a link to it" test "$(readlink "$libraries/libquarry.so")" = libquarry.so.0
check "libquarry.a is a file" test -f "$libraries/libquarry.a"
check "quarry.h is a file" test -f "$destination$prefix/include/quarry.h"
check "quarry.pc is a file" test -f "$libraries/pkgconfig/quarry.pc"
check "quarry.pc has no placeholder left" test "$(grep -c '@' "$libraries/pkgconfig/quarry.pc")" = 0
check "the soname is libquarry.so.0" soname_is libquarry.so.0
check "the library needs libc only" needs_only_libc
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

echo "$passed passed, $failed failed"
((failed == 0))
