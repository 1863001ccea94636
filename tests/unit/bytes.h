/* Bytes in tables. */
#ifndef TEST_BYTES_H
#define TEST_BYTES_H

/* A bocata_str that may stand in a constant initialiser, as STR may not. */
#define BYTES(literal)                                                                             \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

#endif
