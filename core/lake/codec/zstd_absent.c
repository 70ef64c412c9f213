/* What of zstd's compressor is not in our library: every strategy but doubleFast, dictionaries, and
 * long distance matching. zstd_compress.c names them in tables and branches on parameters; these
 * stand in for them (cmake/third_party.cmake leaves their files out, and renames those that share a
 * file with what is used).
 *
 * None is reached: ZstdCompressor sets the strategy itself, compresses one whole input with a fresh
 * window and gives no dictionary, and long distance matching is off below a window of 2^27. Should
 * that ever be wrong, the program ends here: a frame made without them would be wrong silently. */
#include "compress/zstd_compress_internal.h"

/* Every strategy's name is redirected to this. */
size_t dosql_zstd_absent(ZSTD_matchState_t* ms, seqStore_t* store, U32 rep[ZSTD_REP_NUM],
                         void const* src, size_t size) {
  (void)ms, (void)store, (void)rep, (void)src, (void)size;
  __builtin_trap();
}

void dosql_zstd_no_fill(ZSTD_matchState_t* ms, void const* end, ZSTD_dictTableLoadMethod_e dtlm,
                        ZSTD_tableFillPurpose_e tfp) {
  (void)ms, (void)end, (void)dtlm, (void)tfp;
  __builtin_trap();
}

U32 ZSTD_insertAndFindFirstIndex(ZSTD_matchState_t* ms, const BYTE* ip) {
  (void)ms, (void)ip;
  __builtin_trap();
}
void ZSTD_row_update(ZSTD_matchState_t* const ms, const BYTE* ip) {
  (void)ms, (void)ip;
  __builtin_trap();
}
void ZSTD_dedicatedDictSearch_lazy_loadDictionary(ZSTD_matchState_t* ms, const BYTE* const ip) {
  (void)ms, (void)ip;
  __builtin_trap();
}
void ZSTD_updateTree(ZSTD_matchState_t* ms, const BYTE* ip, const BYTE* iend) {
  (void)ms, (void)ip, (void)iend;
  __builtin_trap();
}

void ZSTD_ldm_fillHashTable(ldmState_t* state, const BYTE* ip, const BYTE* iend,
                            ldmParams_t const* params) {
  (void)state, (void)ip, (void)iend, (void)params;
  __builtin_trap();
}
size_t ZSTD_ldm_generateSequences(ldmState_t* ldms, rawSeqStore_t* sequences,
                                  ldmParams_t const* params, void const* src, size_t size) {
  (void)ldms, (void)sequences, (void)params, (void)src, (void)size;
  __builtin_trap();
}
size_t ZSTD_ldm_blockCompress(rawSeqStore_t* raw, ZSTD_matchState_t* ms, seqStore_t* store,
                              U32 rep[ZSTD_REP_NUM], ZSTD_paramSwitch_e rows, void const* src,
                              size_t size) {
  (void)raw, (void)ms, (void)store, (void)rep, (void)rows, (void)src, (void)size;
  __builtin_trap();
}
void ZSTD_ldm_skipRawSeqStoreBytes(rawSeqStore_t* raw, size_t size) {
  (void)raw, (void)size;
  __builtin_trap();
}
void ZSTD_ldm_adjustParameters(ldmParams_t* params, ZSTD_compressionParameters const* c_params) {
  (void)params, (void)c_params;
  __builtin_trap();
}
/* These are called without it, too: for the memory that it would take, and before a block of a few
 * bytes for sequences that nobody made. */
void ZSTD_ldm_skipSequences(rawSeqStore_t* raw, size_t size, U32 const min_match) {
  (void)size, (void)min_match;
  if (raw->pos < raw->size) __builtin_trap();
}
size_t ZSTD_ldm_getTableSize(ldmParams_t params) {
  if (params.enableLdm == ZSTD_ps_enable) __builtin_trap();
  return 0;
}
size_t ZSTD_ldm_getMaxNbSeq(ldmParams_t params, size_t size) {
  (void)size;
  if (params.enableLdm == ZSTD_ps_enable) __builtin_trap();
  return 0;
}
