/* What the tests of quarry::object_cache share: a class that counts how many of it live. */
#ifndef OBJECTS_H
#define OBJECTS_H
#include "../../include/quarry.hpp"
#include "operators.h"
#include <atomic>
#include <cstring>

struct counted {
    static inline std::atomic<std::size_t> made{0}, unmade{0};
    int value = 0;
    char text[100] = "constructed";

    explicit counted(int start = 0) noexcept : value(start) { made++; }
    counted(const counted &) = delete;
    counted &operator=(const counted &) = delete;
    ~counted() {
        CHECK(is_constructed());
        text[0] = '\0';
        unmade++;
    }
    bool is_constructed() const noexcept { return std::strcmp(text, "constructed") == 0; }
};

#endif
