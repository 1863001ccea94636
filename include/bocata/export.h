/* Markers of the public interface: what is exported, and what a compiler may check. */
#ifndef BOCATA_EXPORT_H
#define BOCATA_EXPORT_H

#define BOCATA_API __attribute__((__visibility__("default")))
#define BOCATA_MUST_USE __attribute__((__warn_unused_result__))
#define BOCATA_PRINTF(text, arguments) __attribute__((__format__(__printf__, text, arguments)))

#ifdef __cplusplus
#define BOCATA_BEGIN_DECLS extern "C" {
#define BOCATA_END_DECLS }
#else
#define BOCATA_BEGIN_DECLS
#define BOCATA_END_DECLS
#endif

#endif
