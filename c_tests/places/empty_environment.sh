# Nothing in the environment but the preloading.
# Why: cron, inetd and sandboxes start programs so; whoever looks for a variable must bear there is none.
# needs: cc perl
cc -O1 -o "$TMPDIR/churn" "$TESTS/churn.c" -pthread || exit
bare() { env -i ${LD_PRELOAD:+LD_PRELOAD="$LD_PRELOAD"} "$@"; }
bare "$TMPDIR/churn"
bare /usr/bin/env | sed 's/=.*//' | grep -vx LD_PRELOAD
bare "$(command -v perl)" -e 'print scalar(map { "x" x $_ } 1 .. 2_000), "\n"'
