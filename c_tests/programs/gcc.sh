# gcc compiles a generated C source of 1500 functions, with optimisation and debug information; the object stays.
# Why: the compiler holds its trees in an own collector over large blocks, and its object must not depend on addresses.
# needs: gcc
awk 'BEGIN {
    print "#include <stdio.h>\nstruct node { struct node *next; long key; double weight; };"
    for (i = 0; i < 1500; i++) {
        printf "static long work%d(struct node *n, long a, const char *s) {\n", i
        printf "    long t[%d] = { a, %d };\n", i % 13 + 4, i
        printf "    for (; n; n = n->next) {\n        t[n->key & 3] += n->key * %d + *s;\n", i + 3
        printf "        switch (n->key %% %d) { case 0: a += t[1]; break; case 1: a ^= t[2] << 3; break;\n", i % 9 + 3
        printf "        case 2: n->weight *= 1.%d; break; default: a -= (long)n->weight; }\n    }\n", i
        printf "    return a + %s;\n}\n", i ? "work" (i - 1) "(0, a, s + 1)" : "*s"
    }
    print "int main(void) {\n    struct node b = { 0, 5, 2.5 }, a = { &b, 7, 1.5 };\n    char s[4096] = \"text\";"
    print "    printf(\"%ld\\n\", work1499(&a, 1, s));\n    return 0;\n}"
}' >large.c
gcc -O2 -g -c large.c -o large.o && gcc large.o -o large && ./large
