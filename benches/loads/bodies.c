/* bodies WORK BODIES: bodies that attract each other, a set that lives to the end.
 *
 * BODIES bodies move in WORK steps; for each step a tree of cells is built over them, and the pull of far cells counts
 * as that of one body (Barnes & Hut, "A hierarchical O(N log N) force-calculation algorithm", Nature 324, 1986; the
 * program barnes of the SPLASH suites). Bodies stay, cells are freed after each step.
 * Unit: seconds for WORK steps.
 * Path: hardly any: how densely the bodies lie among each other and beside the cells decides over cache misses. */
#include "load.h"

enum { OCTANTS = 8, FAR = 4, DEEPEST = 40 };

struct body {
    double place[3], speed[3], pull[3], mass;
};

struct cell {
    double centre[3], weight[3], mass, half;
    struct cell *cells[OCTANTS];
    /* The body of an octant that has but one. */
    struct body *bodies[OCTANTS];
};

static struct cell *make_cell(const double *centre, double half)
{
    struct cell *cell = calloc(1, sizeof *cell);
    if (cell == NULL)
        stop("calloc refused");
    memcpy(cell->centre, centre, sizeof cell->centre);
    cell->half = half;
    return cell;
}

static void add(struct cell *cell, struct body *body, unsigned depth)
{
    unsigned octant = 0;
    if (depth == DEEPEST)
        stop("two bodies in one place");
    cell->mass += body->mass;
    for (unsigned axis = 0; axis < 3; axis++) {
        cell->weight[axis] += body->mass * body->place[axis];
        octant |= (unsigned)(body->place[axis] > cell->centre[axis]) << axis;
    }
    struct body *other = cell->bodies[octant];
    if (cell->cells[octant] == NULL && other == NULL) {
        cell->bodies[octant] = body;
        return;
    }
    if (other != NULL) {
        double centre[3];
        for (unsigned axis = 0; axis < 3; axis++)
            centre[axis] = cell->centre[axis] + (octant >> axis & 1 ? cell->half : -cell->half) / 2;
        cell->bodies[octant] = NULL;
        cell->cells[octant] = make_cell(centre, cell->half / 2);
        add(cell->cells[octant], other, depth + 1);
    }
    add(cell->cells[octant], body, depth + 1);
}

static void free_cell(struct cell *cell)
{
    if (cell == NULL)
        return;
    for (unsigned octant = 0; octant < OCTANTS; octant++)
        free_cell(cell->cells[octant]);
    free(cell);
}

static void attract(struct body *body, const double *place, double mass)
{
    double away[3], square = 1e-4;
    for (unsigned axis = 0; axis < 3; axis++) {
        away[axis] = place[axis] - body->place[axis];
        square += away[axis] * away[axis];
    }
    /* The cube of the distance would need a root; the fourth power pulls as well, and needs none. */
    for (unsigned axis = 0; axis < 3; axis++)
        body->pull[axis] += mass * away[axis] / (square * square);
}

static void pull(struct body *body, const struct cell *cell)
{
    double away = 0, place[3];
    for (unsigned axis = 0; axis < 3; axis++) {
        place[axis] = cell->weight[axis] / cell->mass;
        away += (place[axis] - body->place[axis]) * (place[axis] - body->place[axis]);
    }
    if (away > FAR * cell->half * cell->half) {
        attract(body, place, cell->mass);
        return;
    }
    for (unsigned octant = 0; octant < OCTANTS; octant++)
        if (cell->cells[octant] != NULL)
            pull(body, cell->cells[octant]);
        else if (cell->bodies[octant] != NULL && cell->bodies[octant] != body)
            attract(body, cell->bodies[octant]->place, cell->bodies[octant]->mass);
}

int main(int argc, char **argv)
{
    size_t work = argument(argc, argv, 1, "WORK");
    size_t count = argument(argc, argv, 2, "BODIES");
    struct body **bodies = take(count * sizeof *bodies);
    uint64_t random = 1;

    for (size_t at = 0; at < count; at++) {
        bodies[at] = take(sizeof **bodies);
        *bodies[at] = (struct body){.mass = 1.0};
        for (unsigned axis = 0; axis < 3; axis++)
            bodies[at]->place[axis] = (double)draw_below(&random, 1 << 30) / (1 << 29) - 1;
    }
    for (size_t step = 0; step < work; step++) {
        double half = 1;
        for (size_t at = 0; at < count; at++)
            for (unsigned axis = 0; axis < 3; axis++)
                while (bodies[at]->place[axis] > half || bodies[at]->place[axis] < -half)
                    half *= 2;
        struct cell *root = make_cell((double[]){0, 0, 0}, half);
        for (size_t at = 0; at < count; at++)
            add(root, bodies[at], 0);
        if (root->mass != (double)count)
            stop("a body was lost");
        for (size_t at = 0; at < count; at++) {
            memset(bodies[at]->pull, 0, sizeof bodies[at]->pull);
            pull(bodies[at], root);
        }
        for (size_t at = 0; at < count; at++)
            for (unsigned axis = 0; axis < 3; axis++) {
                bodies[at]->speed[axis] += bodies[at]->pull[axis] * 1e-9;
                bodies[at]->place[axis] += bodies[at]->speed[axis];
            }
        free_cell(root);
    }
    for (size_t at = 0; at < count; at++)
        free(bodies[at]);
    free(bodies);
    return 0;
}
