/* expect: exit 0
 * why:    the standard containers, in several threads that hand each other what they made */
#include "operators.h"
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

static std::mutex mutex;
static std::vector<std::map<int, std::string>> handed_over;

static std::string text_of(int key) { return std::string(static_cast<std::size_t>(key % 300), static_cast<char>('a' + key % 26)); }

static void work(int thread) {
    uint64_t random = static_cast<uint64_t>(thread) + 1;
    for (int round = 0; round < 40; round++) {
        std::map<int, std::string> made;
        for (int i = 0; i < 300; i++) {
            int key = static_cast<int>(next_random(&random) % 100000);
            made[key] = text_of(key);
        }
        std::lock_guard<std::mutex> guard(mutex);
        handed_over.push_back(std::move(made));
        if (handed_over.size() > 8) {
            std::size_t which = next_random(&random) % handed_over.size();
            for (const auto &[key, text] : handed_over[which])
                CHECK_AT(text == text_of(key), key);
            handed_over.erase(handed_over.begin() + static_cast<std::ptrdiff_t>(which));
        }
    }
}

int main() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; i++)
        threads.emplace_back(work, i);
    for (std::thread &thread : threads)
        thread.join();
    for (const auto &made : handed_over)
        for (const auto &[key, text] : made)
            CHECK_AT(text == text_of(key), key);
    return 0;
}
