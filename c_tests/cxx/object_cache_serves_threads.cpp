/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    a cache may be used by any number of threads: T may be of a kind that cannot move, aligned to a cache line */
#include "objects.h"
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

struct alignas(64) session {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<int> values = std::vector<int>(50, 1);
    counted count;
};

static quarry::object_cache<session> *sessions;

static void work(int thread) {
    std::vector<quarry::object<session>> held;
    for (int round = 0; round < 20000; round++) {
        quarry::object<session> one = sessions->make();
        CHECK_AT(reinterpret_cast<std::uintptr_t>(one.get()) % 64 == 0, round);
        std::lock_guard<std::mutex> guard(one->mutex);
        CHECK_AT(one->values.size() == 50 && one->values[static_cast<std::size_t>(round % 50)] == 1, thread);
        one->changed.notify_all();
        if (round % 100 == 0)
            held.push_back(sessions->make());
        if (round % 5000 == 0)
            sessions->reap();
    }
}

int main() {
    {
        quarry::object_cache<session> cache("session");
        sessions = &cache;
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; i++)
            threads.emplace_back(work, i);
        for (std::thread &thread : threads)
            thread.join();
    }
    CHECK_AT(counted::made == counted::unmade && counted::made >= 200, counted::made.load());
    CHECK(quarry_check() == 0);
    return 0;
}
