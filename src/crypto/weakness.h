/* Secrets that an attacker would try first. */
#ifndef BOCATA_CRYPTO_WEAKNESS_H
#define BOCATA_CRYPTO_WEAKNESS_H

#include <bocata/str.h>

/* Why this secret could be guessed, as the end of a sentence ("is shorter than 32 bytes"); NULL if
 * it seems good. Short ones, those that repeat one character or a short text, and those that stand
 * in documentation or say themselves that they are to be changed. A constant. */
const char *bocata_secret_weakness(bocata_str secret);

#endif
