/* expect: exit 0
 * needs:  quarry
 * why:    freeing leaves errno as it was, and NULL does nothing, at each level */
#include "levels.h"

int main(void) {
    for (unsigned order = 0; order <= QUARRY_MAX_ORDER; order++) {
        void *pages = quarry_alloc_pages(order), *exact = quarry_alloc_pages_exact(PAGE << order), *region = quarry_vmalloc(1);
        void *bytes = quarry_kmalloc(PAGE << order, 0);
        CHECK(pages != NULL && exact != NULL && region != NULL && bytes != NULL);
        errno = 4242;
        quarry_free_pages(pages, order);
        quarry_free_pages_exact(exact, PAGE << order);
        quarry_vfree(region);
        quarry_kfree(bytes);
        CHECK_AT(errno == 4242, order);
    }
    quarry_free_pages(NULL, 3);
    quarry_free_pages(NULL, 300);
    quarry_free_pages_exact(NULL, 1);
    quarry_vfree(NULL);
    quarry_kfree(NULL);
    CHECK(quarry_ksize(NULL) == 0 && errno == 4242);
    return 0;
}
