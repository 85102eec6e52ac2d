# Standard input, output and error closed. What the program opens then gets their numbers, and only the program may
# write there, even when a report at exit is asked for.
# Why: daemons start so, and a library that writes to "standard error" would write into somebody's database.
# needs: perl
program='open my $file, "+>", "file$_" and push @files, $file for 0 .. 2;
    print { $files[$_] } "number ", fileno $files[$_], "\n" x 2 for 0 .. 2;
    my @kept = map { "x" x $_ } 1 .. 3_000;'
perl -e "$program" 0<&- 1>&- 2>&-
echo "status $?"
cat file0 file1 file2
QUARRY_CONF=stats:exit,unknown:1 perl -e "$program" 0<&- 1>&- 2>&-
echo "status $?"
