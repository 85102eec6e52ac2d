// The library that c_program_catches_in_an_opened_library.c opens: 1 if bad_alloc was thrown, + 2 if nothrow gave null.
#include <new>

extern "C" int throws_and_catches(std::size_t size) {
    int seen = 0;
    try {
        ::operator delete(::operator new(size));
    } catch (const std::bad_alloc &) {
        seen |= 1;
    }
    void *p = ::operator new[](size, std::nothrow);
    seen |= p == nullptr ? 2 : 0;
    ::operator delete[](p, std::nothrow);
    return seen;
}
