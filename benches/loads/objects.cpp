/* objects WORK THREADS: what a C++ program does: new and delete, strings, vectors, maps.
 *
 * Each thread keeps 1000 shapes of four classes with virtual destructors, 40 to 184 bytes, and replaces random ones,
 * WORK times in all; every eighth time it also makes a record, a vector that grows by push_back, a long string and an
 * ordered map of 20 entries, and moves it over an older one.
 * Unit: seconds for WORK replacements in all, some 6 pairs of new and delete each.
 * Path: operator new and operator delete with size, which need not ask where an object comes from. */
#include "load.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr size_t LIVE = 1000, RECORDS = 64, ENTRIES = 20;

size_t work, threads;

struct Shape {
    uint64_t mark;
    explicit Shape(uint64_t mark) : mark(mark) {}
    virtual ~Shape() = default;
    virtual uint64_t sides() const = 0;
};

template <unsigned Sides>
struct Polygon : Shape {
    double corners[Sides * Sides - Sides];
    double last;
    explicit Polygon(uint64_t mark) : Shape(mark), last(double(mark)) { corners[0] = last; }
    uint64_t sides() const override { return corners[0] == double(mark) && last == corners[0] ? Sides : 0; }
};

std::unique_ptr<Shape> make_shape(uint64_t kind)
{
    switch (kind % 4) {
    case 0: return std::make_unique<Polygon<2>>(0);
    case 1: return std::make_unique<Polygon<3>>(1);
    case 2: return std::make_unique<Polygon<4>>(2);
    default: return std::make_unique<Polygon<5>>(3);
    }
}

struct Record {
    std::vector<uint64_t> numbers;
    std::string text;
    std::map<uint64_t, std::string> names;
    uint64_t sum = 0;

    explicit Record(uint64_t *random)
    {
        for (size_t at = 0; at < ENTRIES; at++) {
            numbers.push_back(draw(random));
            sum += numbers.back();
            names.emplace(numbers.back(), std::string(numbers.back() % 40, 'q'));
        }
        text = "a record of " + std::to_string(sum) + " in " + std::to_string(names.size()) + " numbers";
    }
    Record() = default;

    bool holds() const
    {
        uint64_t others = 0;
        for (const auto &[number, name] : names)
            others += name.size() == number % 40 ? number : 0;
        return others == sum;
    }
};

void *replace(void *given)
{
    size_t index = reinterpret_cast<uintptr_t>(given);
    uint64_t random = index + 1;
    std::vector<std::unique_ptr<Shape>> shapes(LIVE);
    std::vector<Record> records(RECORDS);

    for (size_t left = share(work, threads, index); left > 0; left--) {
        auto &shape = shapes[draw_below(&random, LIVE)];
        if (shape && shape->sides() == 0)
            stop("a shape is not what was written to it");
        shape = make_shape(draw(&random));
        if (left % 8 == 0) {
            Record &record = records[draw_below(&random, RECORDS)];
            if (!record.holds())
                stop("a record is not what was written to it");
            record = Record(&random);
        }
    }
    return nullptr;
}

} // namespace

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    run_threads(threads, replace);
    return 0;
}
