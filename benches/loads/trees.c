/* trees WORK THREADS NODES: trees and hash tables, built in bursts from recycled objects.
 *
 * Each thread in turn builds a search tree of NODES random keys, a node and its key's text each an object; moves all of
 * it to a hash table, freeing each node and allocating an entry; looks up every key; and empties the table in the order
 * of its rows, which is none. So each tree is built of what the table before left, scattered over the heap.
 * Unit: seconds for WORK keys in all, through the tree and the table.
 * Path: rows of frees in random order, then as many allocations: what order recycled objects come back in decides how
 * far apart the nodes of the next tree are, and that its time. */
#include "load.h"

struct node {
    struct node *left, *right;
    char *text;
    uint64_t key;
};

struct item {
    struct item *next;
    char *text;
    uint64_t key;
    uint64_t found;
};

static size_t work, threads, count;

static struct node *plant(struct node *root, uint64_t key)
{
    struct node *node = take(sizeof *node);
    size_t length = 20 + key % 44;
    *node = (struct node){.text = take(length), .key = key};
    memset(node->text, (int)(key % 26) + 'a', length - 1);
    node->text[length - 1] = '\0';

    struct node **place = &root;
    while (*place != NULL)
        place = key < (*place)->key ? &(*place)->left : &(*place)->right;
    *place = node;
    return root;
}

/* Moves a tree into the rows of a table, smallest key first, and frees its nodes. */
static size_t move(struct node *root, struct item **rows)
{
    if (root == NULL)
        return 0;
    size_t moved = move(root->left, rows) + 1;
    struct item *item = take(sizeof *item);
    struct node *right = root->right;
    struct item **row = &rows[root->key % count];
    *item = (struct item){.next = *row, .text = root->text, .key = root->key};
    *row = item;
    free(root);
    return moved + move(right, rows);
}

static void find(struct item *item, uint64_t key)
{
    while (item != NULL && (item->key != key || item->found != 0))
        item = item->next;
    if (item == NULL || item->text[0] != (char)(key % 26) + 'a')
        stop("a key was lost");
    item->found++;
}

static void *build(void *given)
{
    size_t index = (uintptr_t)given;
    uint64_t random = index + 1;

    for (size_t left = share(work / count, threads, index); left > 0; left--) {
        uint64_t seed = random;
        struct node *root = NULL;
        for (size_t at = 0; at < count; at++)
            root = plant(root, draw(&random));
        struct item **rows = calloc(count, sizeof *rows);
        if (rows == NULL)
            stop("calloc refused");
        if (move(root, rows) != count)
            stop("a node was lost");
        for (size_t at = 0; at < count; at++) {
            uint64_t key = draw(&seed);
            find(rows[key % count], key);
        }
        for (size_t at = 0; at < count; at++)
            while (rows[at] != NULL) {
                struct item *next = rows[at]->next;
                free(rows[at]->text);
                free(rows[at]);
                rows[at] = next;
            }
        free(rows);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    count = argument(argc, argv, 3, "NODES");
    run_threads(threads, build);
    return 0;
}
