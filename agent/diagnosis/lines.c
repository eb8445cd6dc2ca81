/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/lines.h"

#include "base/caps.h"

size_t line_second(struct slice line, size_t from)
{
    static const size_t stamps[] = { 15, 20 }; /* "Sep 20 04:10:47", "2024-09-20T04:10:47Z" */
    const char *end = line.p + line.n;
    for (const char *p = line.p + from; p < end && (p = memchr(p, '[', (size_t)(end - p))); p++) {
        size_t tag = (size_t)(p - line.p) - 6;
        if (p - line.p < 24 || memcmp(p - 6, "SF-IMS", 6) != 0 || line.p[tag - 1] != ' ')
            continue;
        const char *blank = memrchr(line.p, ' ', tag - 1);
        size_t host = blank ? (size_t)(blank - line.p) : 0;
        for (size_t i = 0; i < 2; i++) {
            struct envelope e;
            if (host <= stamps[i])
                continue;
            struct slice second = slice_from(line, host - stamps[i]);
            second.n =
                second.n > CAP_EVIDENCE_BYTES ? CAP_EVIDENCE_BYTES : second.n; /* its envelope is all that counts */
            envelope_parse(second, &e);
            if (e.kind >= ENVELOPE_IMS && e.host.n)
                return host - stamps[i];
        }
    }
    return 0;
}
