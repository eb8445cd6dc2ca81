/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/tell.h"

#include "base/buf.h"

#include <openssl/evp.h>
#include <stdio.h>

void tell_id(char out[TELL_ID_BYTES], const struct slice *words, size_t n)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct buf text = { 0 };
    for (size_t i = 0; i < n; i++) {
        buf_number(&text, words[i].n);
        buf_putc(&text, ':');
        buf_slice(&text, words[i]);
    }
    if (EVP_Digest(text.p, text.n, digest, NULL, EVP_sha256(), NULL) != 1)
        memset(digest, 0, sizeof digest);
    buf_clear(&text);
    for (size_t i = 0; i < 16; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
