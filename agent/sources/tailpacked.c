/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/file.h"
#include "agent/sources/tail_parts.h"
#include "agent/sources/unwrap.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

bool tailpacked_open(struct tailpacked *p, int fd, struct err *e)
{
    struct origin said = { 0 };
    struct file *f;
    struct stream *s;
    unsigned layers;
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    *p = (struct tailpacked){ 0 };
    if (own < 0 || file_from(own, "", &said, &f, e) != ERR_OK)
        return false;
    enum err_code code = file_stream(f, 0, UINT64_MAX, &s, e);
    p->origin = mem_zalloc(1, sizeof *p->origin);
    p->origin->size = f->size;
    file_unref(f);
    if (code == ERR_OK) {
        p->s = s;
        code = unwrap(&p->s, p->origin, &layers, e);
    }
    if (code != ERR_OK)
        tailpacked_close(p);
    return code == ERR_OK;
}

void tailpacked_close(struct tailpacked *p)
{
    stream_close(p->s);
    free(p->origin);
    *p = (struct tailpacked){ 0 };
}
