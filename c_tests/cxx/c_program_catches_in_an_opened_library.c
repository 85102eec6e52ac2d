/* expect: exit 0
 * needs:  quarry
 * prep:   $CXX -std=gnu++17 $WARNINGS -shared -fPIC -o extension.so "$HERE/lib/extension.cpp"
 * why:    an interpreter in C opens an extension in C++, into a scope of its own: what the extension asks for too much, and
 *         what a nothrow new of it does, ends as bad_alloc and NULL there, although the program has no C++ runtime */
#include "operators.h"
#include <dlfcn.h>

int main(void) {
    void *extension = dlopen("./extension.so", RTLD_NOW | RTLD_LOCAL);
    CHECK(extension != NULL);
    int (*test)(size_t) = (int (*)(size_t))(uintptr_t)dlsym(extension, "throws_and_catches");
    CHECK(test != NULL);
    for (int times = 0; times < 3; times++)
        CHECK(test(SIZE_MAX) == 3);
    return 0;
}
