# perl: a word count with hashes of hashes, sorting, regular expressions, strings that grow by pieces and shrink.
# Why: each scalar is objects of its own, so some millions of small requests and reallocations of all lengths.
# needs: perl
export PERL_HASH_SEED=0
perl -e '
    use strict; use warnings;
    my $state = 1;
    sub draw { $state = ($state * 1103515245 + 12345) % 2147483648; return int($state / 65536) % $_[0] }

    my (%lines_of, @text);
    for my $line (1 .. 20_000) {
        my $words = join " ", map { "w" . draw(2_000) . "x" x draw(35) } 1 .. 8;
        push @text, $words;
        $lines_of{$_}{$line}++ for split / /, $words;
        delete $lines_of{substr $words, 0, index $words, " "} if $line % 5 == 0;
    }
    print scalar(keys %lines_of), " words\n";

    my @order = sort { keys %{$lines_of{$b}} <=> keys %{$lines_of{$a}} || $a cmp $b } keys %lines_of;
    print join(" ", @order[0 .. 9]), "\n";

    my $all = "";
    for (@text) { $all .= $_; $all = substr($all, length($all) / 2) if length($all) > 1_000_000 }
    (my $short = $all) =~ s/(x+)/length $1/ge;
    print length($all), " ", length($short), " ", unpack("%32C*", $short), "\n";

    @text = grep { /x{30}/ } @text;
    %lines_of = ();
    print scalar(@text), " ", unpack("%32C*", join "", reverse @text), "\n";
'
