/* templates.cpp: for the C++ compiler to work on: templates over templates and the standard library, as deep as -DDEPTH
 * says. Every level has types of its own, which g++ must make, inline, and throw away again. */
#include <map>
#include <memory>
#include <string>
#include <vector>

template <int Level>
struct Record {
    std::string name = "record";
    std::map<int, std::pair<std::string, long>> by_number;
    std::map<std::string, std::vector<Record<Level - 1>>> by_name;
    std::unique_ptr<Record> next;

    long count() const
    {
        long sum = static_cast<long>(by_number.size());
        for (const auto &[key, records] : by_name)
            for (const auto &record : records)
                sum += record.count() * static_cast<long>(key.size() % (Level + 2));
        return next ? sum + next->count() : sum;
    }
};

template <>
struct Record<0> {
    std::string name = "nothing";
    long count() const { return static_cast<long>(name.size()); }
};

template <int Level, typename Step>
long work(std::vector<Record<Level>> &records, const Step &step)
{
    long sum = 0;
    for (auto &record : records) {
        auto [place, is_new] = record.by_number.emplace(Level, std::make_pair(record.name, sum));
        sum += step(is_new ? record.count() : place->second.second);
        record.by_name[record.name + "/" + place->second.first].emplace_back();
        if (sum % (Level + 3) == 0)
            record.next = std::make_unique<Record<Level>>();
    }
    if constexpr (Level > 1) {
        std::vector<Record<Level - 1>> lower;
        for (const auto &record : records)
            lower.emplace_back().name = record.name.substr(record.name.size() / 2);
        sum += work<Level - 1>(lower, [&](long value) { return step(value) + Level; });
    }
    return sum;
}

long all(long count)
{
    std::vector<Record<DEPTH>> records(static_cast<std::size_t>(count));
    return work<DEPTH>(records, [](long value) { return value * 3; });
}
