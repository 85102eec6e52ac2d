/* Reads the line of one cache out of quarry_slabinfo. */
#ifndef SLABINFO_H
#define SLABINFO_H
#include "cache.h"

struct row {
    size_t active, all, size, per_slab, pages, slabs_in_use, slabs, in_magazines, in_depot;
};

/* Returns how many lines have this name, and the last of them in `row`. */
static CHECK_UNUSED int rows_of(const char *name, struct row *row) {
    char line[512], found[64];
    int count = 0, headings = 2;
    FILE *file = fopen("slabinfo", "w+");
    CHECK(file != NULL && quarry_slabinfo(file) == 0);
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL) {
        struct row read;
        if (headings > 0) {
            headings--;
            continue;
        }
        int fields = sscanf(line,
                            "%63s %zu %zu %zu %zu %zu : tunables %*u %*u %*u : slabdata %zu %zu %*u : magazines %zu %zu\n",
                            found, &read.active, &read.all, &read.size, &read.per_slab, &read.pages, &read.slabs_in_use,
                            &read.slabs, &read.in_magazines, &read.in_depot);
        CHECK_AT(fields == 10, fields);
        if (strcmp(found, name) == 0) {
            *row = read;
            count++;
        }
    }
    fclose(file);
    return count;
}

static CHECK_UNUSED struct row row_of(const char *name) {
    struct row row;
    int count = rows_of(name, &row);
    CHECK_AT(count == 1, count);
    return row;
}

#endif
