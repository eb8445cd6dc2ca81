/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/tree.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>

/* A beginning as it was added. */
struct item {
    size_t at; /* in tree.bytes */
    uint16_t n, number;
};

struct node {
    const char *edge; /* bytes behind the one that led here */
    size_t edge_n;
    uint32_t first, count; /* of tree.numbers: what was collected from the root down to here */
    uint16_t child[256];   /* by next byte; 0: none, as nothing leads back to the root */
};

struct tree {
    struct buf bytes;
    struct item *items;
    size_t item_count, item_capacity;
    struct node *nodes; /* [0] is the root */
    size_t node_count, node_capacity;
    uint16_t *numbers;
    size_t number_count, number_capacity;
};

struct tree *tree_new(void)
{
    return mem_zalloc(1, sizeof(struct tree));
}

void tree_free(struct tree *t)
{
    if (!t)
        return;
    buf_clear(&t->bytes);
    free(t->items);
    free(t->nodes);
    free(t->numbers);
    free(t);
}

void tree_add(struct tree *t, struct slice beginning, uint16_t number)
{
    t->items = mem_grow(t->items, &t->item_capacity, t->item_count + 1, sizeof *t->items);
    t->items[t->item_count++] = (struct item){ t->bytes.n, (uint16_t)beginning.n, number };
    buf_slice(&t->bytes, beginning);
}

static struct slice item_text(const struct tree *t, const struct item *i)
{
    return (struct slice){ t->bytes.p + i->at, i->n };
}

static int by_text(const void *a, const void *b, void *tree)
{
    const struct item *x = a, *y = b;
    int d = slice_cmp(item_text(tree, x), item_text(tree, y));
    return d ? d : (int)x->number - (int)y->number;
}

static void put_number(struct tree *t, uint32_t node, uint16_t number)
{
    t->numbers = mem_grow(t->numbers, &t->number_capacity, t->number_count + 1, sizeof *t->numbers);
    t->numbers[t->number_count++] = number;
    t->nodes[node].count++;
}

/* The numbers of the node: those of its parent and those of its own items (sorted by number), merged. */
static void put_numbers(struct tree *t, uint32_t node, uint32_t parent, const struct item *own, size_t own_n)
{
    uint32_t from = t->nodes[parent].first, from_n = node == parent ? 0 : t->nodes[parent].count;
    t->nodes[node].first = (uint32_t)t->number_count;
    size_t i = 0, k = 0;
    while (i < from_n || k < own_n) {
        uint16_t a = i < from_n ? t->numbers[from + i] : UINT16_MAX, b = k < own_n ? own[k].number : UINT16_MAX;
        uint16_t least = a < b ? a : b;
        put_number(t, node, least);
        while (i < from_n && t->numbers[from + i] == least)
            i++;
        while (k < own_n && own[k].number == least)
            k++;
    }
}

static uint32_t add_node(struct tree *t)
{
    t->nodes = mem_grow(t->nodes, &t->node_capacity, t->node_count + 1, sizeof *t->nodes);
    if (t->node_count > UINT16_MAX)
        abort(); /* match.c asserts that there can't be so many */
    t->nodes[t->node_count] = (struct node){ .edge = NULL };
    return (uint32_t)t->node_count++;
}

/* How many bytes behind `depth` all the (sorted) items have in common: what the first and the last have. */
static size_t common(const struct tree *t, const struct item *items, size_t n, size_t depth)
{
    struct slice a = item_text(t, &items[0]), b = item_text(t, &items[n - 1]);
    size_t i = depth;
    while (i < a.n && i < b.n && a.p[i] == b.p[i])
        i++;
    return i - depth;
}

/* Hangs the items, which agree in `depth` bytes, below parent. The recursion is as deep as a beginning is long. */
static uint32_t hang(struct tree *t, uint32_t parent, const struct item *items, size_t n, size_t depth)
{
    uint32_t node = add_node(t);
    size_t edge = node && n ? common(t, items, n, depth) : 0;
    size_t own = 0;
    t->nodes[node].edge = n ? item_text(t, &items[0]).p + depth : NULL;
    t->nodes[node].edge_n = edge;
    depth += edge;
    while (own < n && items[own].n == depth) /* sorted: what ends here comes first */
        own++;
    put_numbers(t, node, parent, items, own);
    for (size_t from = own; from < n;) {
        unsigned char byte = (unsigned char)item_text(t, &items[from]).p[depth];
        size_t to = from + 1;
        while (to < n && (unsigned char)item_text(t, &items[to]).p[depth] == byte)
            to++;
        uint32_t child = hang(t, node, items + from, to - from, depth + 1);
        t->nodes[node].child[byte] = (uint16_t)child;
        from = to;
    }
    return node;
}

void tree_build(struct tree *t)
{
    if (t->item_count)
        qsort_r(t->items, t->item_count, sizeof *t->items, by_text, t);
    t->node_count = t->number_count = 0;
    t->numbers = mem_grow(t->numbers, &t->number_capacity, 1, sizeof *t->numbers); /* never NULL, though all be empty */
    hang(t, 0, t->items, t->item_count, 0);
}

struct tree_numbers tree_find(const struct tree *t, struct slice text)
{
    const struct node *node = &t->nodes[0];
    while (text.n) {
        const struct node *next = &t->nodes[node->child[(unsigned char)text.p[0]]];
        if (next == t->nodes || text.n - 1 < next->edge_n ||
            (next->edge_n && memcmp(text.p + 1, next->edge, next->edge_n) != 0))
            break;
        text = slice_from(text, 1 + next->edge_n);
        node = next;
    }
    return (struct tree_numbers){ t->numbers + node->first, node->count };
}
