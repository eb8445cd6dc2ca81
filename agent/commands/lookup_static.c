/* SPDX-License-Identifier: BSD-2-Clause */
/* glibc, linked statically (--enable-static-binary): "files" and "dns" are in libc.a, everything else is a dlopen(). */
#include "agent/commands/lookup.h"

#include <nss.h>

void lookup_begin(void)
{
    (void)__nss_configure_lookup("hosts", "files dns");
    (void)__nss_configure_lookup("passwd", "files");
}
