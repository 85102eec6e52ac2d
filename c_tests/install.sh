#!/usr/bin/env bash
# install.sh [LIST]: installs what LIST names (packages.txt: what the tests need) from Debian 12 or 13, and only what is
# missing: nothing missing, no network. Without root it says what to type instead, and fails.
set -euo pipefail
list=$(realpath "${1:-$(dirname "$0")/packages.txt}")
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

present() { # <command or path pattern>
    case $1 in
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# The version of the python3 that is installed or, in a bare system, of the one that would be.
python_version() {
    if [ -x /usr/bin/python3 ]; then
        /usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])'
    else
        apt-cache depends python3 | sed -n 's/.*Depends: python\(3\.[0-9]*\)$/\1/p' | head -n 1
    fi
}

missing=()
while read -r package probe _; do
    case $package in '' | '#'*) continue ;; esac
    present "$probe" || missing+=("$package")
done <"$list"
[ ${#missing[@]} -gt 0 ] || exit 0

root=$([ "$(id -u)" = 0 ] && echo yes || echo no)
if [ "$root" = yes ]; then
    # A source that cannot be reached need not be the one that has the package, so install decides.
    apt-get update -qq || echo "install.sh: apt-get update failed; trying what is known" >&2
fi
case "${missing[*]}" in *@python@*) missing=("${missing[@]//@python@/$(python_version)}") ;; esac
if [ "$root" = no ]; then
    echo "install.sh: missing: ${missing[*]}; type: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi

# Packages start their service when they are set up, unless this file forbids it; the tests start servers by hand.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
fi
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
