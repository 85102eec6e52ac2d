#!/usr/bin/env bash
# security.sh write|check: runs each misuse of misuse.c on Quarry in each mode and on the other allocators that are here, and
# writes the tables between the marks of SECURITY.md, or checks that Quarry's is what stands there. What other allocators do
# is only written: it depends on their versions.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$(dirname "$here")")
quarry=${QUARRY_SO:-$root/target/release/libquarry.so}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
ulimit -c 0
${CC:-cc} -std=gnu11 -O1 -fno-builtin -Wall -Wextra -Wno-use-after-free -o "$build/misuse" "$here/misuse.c" 2>/dev/null ||
    ${CC:-cc} -std=gnu11 -O1 -fno-builtin -w -o "$build/misuse" "$here/misuse.c" || exit 2

misuses=(
    "double_free:free of a freed object"
    "double_free_with_others_between:the same with others freed between"
    "double_free_large:free of a freed MiB"
    "interior_pointer:free of an address inside an object"
    "interior_pointer_large:free of an address inside a MiB"
    "foreign_pointer:free of a static object"
    "realloc_of_freed:realloc of a freed object"
    "write_behind_by_one:write of the byte behind the size asked for"
    "write_behind_by_16:write of 28 bytes behind it"
    "write_behind_large:write of the byte behind a MiB"
    "read_before:read of the byte before an object"
    "write_after_free:write into a freed object"
    "read_after_free:read of a freed object"
    "read_after_free_large:read of a freed MiB"
)

# Prints when and how misuse $1 is stopped under library $2 (empty: libc) with QUARRY_CONF $3.
outcome() {
    local status when text said
    { env ${2:+LD_PRELOAD="$2"} ${3:+QUARRY_CONF="$3"} ${4:+QUARRY_SAMPLED=1} LIBC_FATAL_STDERR_=1 timeout 60 \
        "$build/misuse" "$1" >"$build/out" 2>"$build/err" </dev/null; status=$?; } 2>/dev/null
    said=$(<"$build/out")
    case $said in
        *after*) when="later" ;;
        *before*) when="at once" ;;
        *) when="at the start" ;;
    esac
    case $status in
        0) echo "–" && return ;;
        134) text=$(sed -n '1s/^quarry: \([a-z ]*\): .*/\1/p' "$build/err") ;;
        139) text=$(sed -n '1s/^quarry: \([a-z ]*\): .*/\1/p' "$build/err")
            [[ -n $text ]] || text="fault" ;;
        *) text="status $status" ;;
    esac
    [[ -n $text ]] || text="stopped"
    echo "$when: $text"
}

own_table() {
    local row what
    echo "| misuse | default | hardened | sampled object | checked |"
    echo "|---|---|---|---|---|"
    for row in "${misuses[@]}"; do
        what=${row%%:*}
        echo "| ${row#*:} | $(outcome "$what" "$quarry" "") | $(outcome "$what" "$quarry" hardened:true) |" \
            "$(outcome "$what" "$quarry" sample:64K sampled) | $(outcome "$what" "$quarry" checked:true) |"
    done
}

others_table() {
    local row what name path line head="| misuse | glibc |" rule="|---|---|" names=() paths=()
    while read -r name path; do
        path=$(compgen -G "$path" | head -n 1)
        [[ -n $path ]] && names+=("$name") paths+=("$path") && head+=" $name |" rule+="---|"
    done <<'END'
jemalloc /usr/lib/*/libjemalloc.so.2
mimalloc /usr/lib/*/libmimalloc.so.2.*
scudo /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.scudo_standalone-x86_64.so
END
    echo "$head"
    echo "$rule"
    for row in "${misuses[@]}"; do
        what=${row%%:*} line="| ${row#*:} | $(outcome "$what" "" "") |"
        for path in ${paths[@]+"${paths[@]}"}; do line+=" $(outcome "$what" "$path" "") |"; done
        echo "$line"
    done
}

# Prints SECURITY.md with the text of file $2 between the marks $1:begin and $1:end.
put_between() {
    awk -v begin="<!-- $1:begin -->" -v end="<!-- $1:end -->" -v file="$2" '
        $0 == end { inside = 0 }
        !inside { print }
        $0 == begin { inside = 1; while ((getline line < file) > 0) print line }' "$root/SECURITY.md"
}

own_table >"$build/own"
case ${1:-} in
    write)
        put_between quarry "$build/own" >"$build/new" && cp "$build/new" "$root/SECURITY.md"
        others_table >"$build/others"
        put_between others "$build/others" >"$build/new" && cp "$build/new" "$root/SECURITY.md"
        ;;
    check)
        put_between quarry "$build/own" | diff "$root/SECURITY.md" - ||
            { echo "SECURITY.md does not show what is caught; make security writes it" >&2 && exit 1; }
        echo "SECURITY.md shows what is caught"
        ;;
    *) echo "usage: $0 write|check" >&2 && exit 2 ;;
esac
