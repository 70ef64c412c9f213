#include "core/function/like.h"

#include "core/function/utf8.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

using Bytep = const uint8_t*;

// A GLOB set, `p` behind its '['. Returns the pattern behind the ']', or nullptr for no match.
Bytep MatchSet(Bytep p, Bytep p_end, uint32_t c) {
  bool seen = false, invert = false;
  uint32_t previous = 0;
  if (p < p_end && *p == '^') {
    invert = true;
    p++;
  }
  if (p < p_end && *p == ']') {  // the first one is a member
    seen = c == ']';
    p++;
  }
  while (p < p_end && *p != ']') {
    uint32_t member = ReadChar(&p, p_end);
    if (member == '-' && p < p_end && *p != ']' && previous > 0) {
      uint32_t last = ReadChar(&p, p_end);
      if (c >= previous && c <= last) seen = true;
      previous = 0;
    } else {
      if (c == member) seen = true;
      previous = member;
    }
  }
  return p < p_end && seen != invert ? p + 1 : nullptr;
}

Status TooComplex(const FunctionContext* context) {
  return context->Fail(Code::kFunction, "LIKE or GLOB pattern too complex");
}

}  // namespace

Status MakePattern(const FunctionContext* context, PatternSyntax syntax, std::string_view pattern,
                   const std::string_view* escape, Pattern* out) {
  if (pattern.size() > kPatternBytesMax) {
    return TooComplex(context);
  }
  out->text = UpToNul(pattern);
  out->syntax = syntax;
  out->escape = {};
  if (escape != nullptr) {
    std::string_view e = UpToNul(*escape);
    Bytep p = AsBytes(e).data();
    if (e.empty() || NextChar(p, p + e.size()) != p + e.size()) {
      return context->Fail(Code::kFunction, "ESCAPE expression must be a single character");
    }
    out->escape = e;
  }
  return Status::Ok();
}

Status Match(const FunctionContext* context, const Pattern& pattern, std::string_view text, bool* out) {
  *out = false;
  text = UpToNul(text);
  bool glob = pattern.syntax == PatternSyntax::kGlob;
  // 0 stands for a wildcard that the escape character has taken over: neither text has a NUL.
  uint8_t any_run = glob ? '*' : '%', any_one = glob ? '?' : '_';
  uint8_t escape = 0;
  if (!pattern.escape.empty()) {
    escape = static_cast<uint8_t>(pattern.escape[0]);
    if (escape == any_run) any_run = 0;
    if (escape == any_one) any_one = 0;
  }
  Bytep p = AsBytes(pattern.text).data(), p_end = p + pattern.text.size();
  Bytep t = AsBytes(text).data(), t_end = t + text.size();
  // Only the last run wildcard needs to be tried again: what stands before it has matched as early
  // as possible.
  Bytep retry_p = nullptr, retry_t = nullptr;
  uint64_t steps = 0;
  while (true) {
    if (p < p_end && *p == any_run && any_run != 0) {
      retry_p = ++p;
      retry_t = t;
      if (p == p_end) return *out = true, Status::Ok();
      continue;
    }
    if (p == p_end) {
      if (t == t_end) return *out = true, Status::Ok();
    } else if (t < t_end) {
      if (*p == any_one && any_one != 0) {
        p++;
        t = NextChar(t, t_end);
        continue;
      }
      if (glob && *p == '[') {
        Bytep after_t = t;
        Bytep after_p = MatchSet(p + 1, p_end, ReadChar(&after_t, t_end));
        if (after_p != nullptr) {
          p = after_p;
          t = after_t;
          continue;
        }
      } else {
        Bytep literal = p;
        if (escape != 0 && *p == escape &&
            static_cast<size_t>(p_end - p) >= pattern.escape.size() &&
            std::memcmp(p, pattern.escape.data(), pattern.escape.size()) == 0) {
          literal += pattern.escape.size();
          if (literal == p_end) return Status::Ok();  // an escape that escapes nothing
        }
        // Byte by byte is character by character: an escaped character's first byte is taken here,
        // its others are no wildcards.
        if (*literal == *t || (!glob && FoldAscii(*literal) == FoldAscii(*t))) {
          p = literal + 1;
          t++;
          continue;
        }
      }
    }
    // No match here: let the last run take one more character,
    if (retry_p == nullptr || retry_t >= t_end) return Status::Ok();
    steps += static_cast<uint64_t>(t - retry_t) + 1;
    if (steps > kMatchStepsMax) return TooComplex(context);
    retry_t = NextChar(retry_t, t_end);
    // and where a plain character follows it, all up to the next one of those.
    uint8_t next = *retry_p;
    if (next != any_one && next != escape && !(glob && next == '[')) {
      uint8_t fold = glob ? next : FoldAscii(next);
      while (retry_t < t_end && *retry_t != next && (glob || FoldAscii(*retry_t) != fold)) retry_t++;
      if (retry_t == t_end) return Status::Ok();
    }
    p = retry_p;
    t = retry_t;
  }
}

}  // namespace dosql
