# bash: arrays, associative arrays, functions, substitutions, pipes, here documents and many subshells.
# Why: a shell forks all the time, and each child goes on with a copy of the heap.
# needs: bash
fibonacci() { if (($1 < 2)); then echo "$1"; else echo $(($(fibonacci $(($1 - 1))) + $(fibonacci $(($1 - 2))))); fi; }
fibonacci 11

declare -A count
for i in {1..30000}; do
    word=word$((i * 7919 % 997))
    count[$word]=$((${count[$word]:-0} + 1))
    list[i]=${word/word/$i-}
    ((i % 3)) || unset "list[i / 3]"
done
echo "${#count[@]} words, ${#list[@]} left"
for word in "${!count[@]}"; do echo "$word ${count[$word]}"; done | sort | cksum
printf '%s\n' "${list[@]}" | cksum

text=
for i in {1..2000}; do text+="line $i of a string that grows"$'\n'; done
while read -r _ number _; do total=$((total + number)); done <<<"$text"
echo "${#text} bytes, total $total"

for i in {1..200}; do (: "${text^^}"; exit $((i % 7))) || failed=$((failed + $?)); done
echo "$failed"
