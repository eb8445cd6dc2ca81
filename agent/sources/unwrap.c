/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/unwrap.h"

#include "agent/sources/bundle.h"
#include "agent/sources/inflate.h"
#include "base/caps.h"

enum err_code unwrap(struct stream **s, struct origin *o, unsigned *layers, struct err *e)
{
    *layers = 0;
    for (;;) {
        *s = stream_peekable(*s);
        enum format format = detect_format(stream_peek(*s, DETECT_BYTES));
        if (!format_packed(format))
            return ERR_OK;
        if (*layers == CAP_NESTING)
            return err_set(e, ERR_LIMIT, "is compressed more than %d times over (cap nesting)", CAP_NESTING);
        ++*layers;
        *s = format == FORMAT_GZIP ? inflate_open(*s, o) : bundle_unpack(*s, format, o);
    }
}
