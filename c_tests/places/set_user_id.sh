# A program that is set-user-ID to another user, run by a third: the preload is ignored, and so is the configuration
# of a program linked with the library.
# Why: who starts such a program may not choose what it loads, nor where it writes.
# needs: cc setpriv
if [ "$(id -u)" != 0 ]; then
    echo "only root can give a program to another user"
    exit 77
fi
umask 022
mkdir programs
mkdir -m 777 reports
cc -O1 -fno-builtin -o programs/plain "$TESTS/privileged.c" || exit
cc -O1 -fno-builtin -o programs/linked "$TESTS/privileged.c" "$QUARRY_A" -lpthread -ldl -lm || exit
# The third user may have no way into the folder that the library was built in.
cp "$QUARRY_SO" programs/library.so
chown 2:2 programs/*
run() {
    LD_PRELOAD=${LD_PRELOAD:+$PWD/programs/library.so} setpriv --reuid 65534 --regid 65534 --clear-groups \
        env QUARRY_CONF=stats:exit,output:"$PWD"/reports/report,unknown:1 "programs/$1" library.so 2>&1
}

# As the caller's own program it does report: the configuration is right, and was not ignored for some other reason.
run linked >/dev/null
[ -s reports/report ] || { echo "no report even where there should be one"; exit 1; }
rm reports/report

chmod 4755 programs/plain programs/linked
run plain && run linked || exit
[ ! -e reports/report ] || { echo "a report was written for a set-user-ID program"; exit 1; }
rm -r programs reports
