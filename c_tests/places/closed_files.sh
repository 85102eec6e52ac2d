# Standard input, output and error closed. What the program opens then gets their numbers, and only the program may
# write there, even when a report at exit is asked for.
# Why: daemons start so, and a library that writes to "standard error" would write into somebody's database.
# needs: perl
program='
    my @files;
    for (0 .. 2) { open my $file, "+>", "file$_" or exit 3; push @files, $file }
    for (@files) { print { $_ } "a line of number ", fileno $_, "\n" }
    my @kept = map { "x" x $_ } 1 .. 3_000;
'
for configuration in '' stats:exit,unknown:1; do
    QUARRY_CONF=$configuration perl -e "$program" 0<&- 1>&- 2>&-
    echo "status $?"
    cat file0 file1 file2
done
