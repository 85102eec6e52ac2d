# g++ compiles generated templates over the standard containers with optimisation; the object and a program stay.
# Why: the most memory-hungry of the compilers: hundreds of thousands of trees and strings; the program then uses new.
# needs: g++
awk 'BEGIN {
    print "#include <algorithm>\n#include <iostream>\n#include <map>\n#include <memory>\n#include <string>\n#include <vector>"
    print "template <int N> struct Shelf {\n    std::map<std::string, std::vector<std::unique_ptr<int>>> rows;"
    print "    long fill() {\n        for (int i = 0; i < 50 + N; ++i) rows[\"row\" + std::to_string(i * N % 31)].push_back(std::make_unique<int>(i));"
    print "        long sum = 0;\n        for (auto &[name, row] : rows) {"
    print "            std::sort(row.begin(), row.end(), [](auto &a, auto &b) { return *a % (N + 2) < *b % (N + 2); });"
    print "            sum = sum * 31 + *row.front() + static_cast<long>(name.size());\n        }\n        return sum;\n    }\n};"
    print "int main() {\n    unsigned long total = 0;"
    for (i = 0; i < 30; i++) printf "    total = total * 7 + Shelf<%d>().fill();\n", i
    print "    std::cout << total << \"\\n\";\n}"
}' >large.cpp
g++ -std=c++17 -O1 -c large.cpp -o large.o && g++ large.o -o large && ./large
