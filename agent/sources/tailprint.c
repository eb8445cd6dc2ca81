/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/tailprint.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

static size_t least(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

uint64_t tailprint_hash(uint64_t h, struct slice bytes)
{
    for (size_t i = 0; i < bytes.n; i++)
        h = (h ^ (unsigned char)bytes.p[i]) * 1099511628211ULL;
    return h;
}

static uint64_t hash_of(struct slice first, size_t n)
{
    return tailprint_hash(TAILPRINT_SEED, (struct slice){ first.p, n });
}

void tailprint_set(struct tailprint *p, uint64_t n, struct slice first, struct slice last)
{
    memset(p, 0, sizeof *p);
    p->n = n;
    p->whole = hash_of(first, least(n, TAILPRINT_PREFIX));
    for (size_t i = 0; i < TAILPRINT_HASHES && n >= (128U << i); i++)
        p->hash[i] = hash_of(first, 128U << i);
    if (n == 0)
        return;
    memcpy(p->head, first.p, least(n, TAILPRINT_HEAD));
    size_t m = least(n, TAILPRINT_MARKER);
    assert(last.n >= m);
    memcpy(p->marker, last.p + last.n - m, m);
}

enum tailmatch tailprint_begins(const struct tailprint *p, struct slice first, uint64_t size)
{
    uint64_t both = size < p->n ? size : p->n;
    enum tailmatch alike = size < p->n ? TAILMATCH_SHORTER : TAILMATCH_REACHES;
    if (both == 0 || memcmp(p->head, first.p, least(both, TAILPRINT_HEAD)) != 0)
        return TAILMATCH_OTHER;
    size_t whole = least(p->n, TAILPRINT_PREFIX);
    if (both >= whole)
        return hash_of(first, whole) == p->whole ? alike : TAILMATCH_OTHER;
    for (size_t i = TAILPRINT_HASHES; i-- > 0;)
        if (both >= (128U << i))
            return hash_of(first, 128U << i) == p->hash[i] ? alike : TAILMATCH_OTHER;
    return alike;
}

bool tailprint_marker(const struct tailprint *p, struct slice last)
{
    size_t m = least(p->n, TAILPRINT_MARKER);
    return last.n >= m && (m == 0 || memcmp(p->marker, last.p + last.n - m, m) == 0);
}

size_t tailprint_read(int fd, void *p, size_t n, uint64_t at)
{
    size_t have = 0;
    while (have < n) {
        ssize_t k = pread(fd, (char *)p + have, n - have, (off_t)(at + have));
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            break;
        have += (size_t)k;
    }
    return have;
}

enum tailmatch tailprint_file(const struct tailprint *p, int fd, uint64_t size)
{
    char first[TAILPRINT_PREFIX], last[TAILPRINT_MARKER];
    size_t n = least(size, sizeof first), m = least(p->n, sizeof last);
    if (tailprint_read(fd, first, n, 0) != n)
        return TAILMATCH_OTHER;
    enum tailmatch match = tailprint_begins(p, (struct slice){ first, n }, size);
    if (match != TAILMATCH_REACHES)
        return match;
    if (tailprint_read(fd, last, m, p->n - m) != m)
        return TAILMATCH_OTHER;
    return tailprint_marker(p, (struct slice){ last, m }) ? match : TAILMATCH_OTHER;
}

bool tailprint_of_file(struct tailprint *p, int fd, uint64_t n)
{
    char first[TAILPRINT_PREFIX], last[TAILPRINT_MARKER];
    size_t f = least(n, sizeof first), m = least(n, sizeof last);
    if (tailprint_read(fd, first, f, 0) != f || tailprint_read(fd, last, m, n - m) != m)
        return false;
    tailprint_set(p, n, (struct slice){ first, f }, (struct slice){ last, m });
    return true;
}

bool tailprint_alike(int a, int b, uint64_t n)
{
    char x[TAILPRINT_PREFIX], y[TAILPRINT_PREFIX];
    size_t f = least(n, sizeof x);
    for (int end = 0; end < 2; end++) {
        uint64_t at = end ? n - f : 0;
        if (tailprint_read(a, x, f, at) != f || tailprint_read(b, y, f, at) != f || memcmp(x, y, f) != 0)
            return false;
    }
    return true;
}
