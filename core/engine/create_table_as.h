// CREATE TABLE ... AS SELECT: the CREATE TABLE it stands for. Internal to core/engine.
#pragma once

#include <string>
#include <vector>

#include "core/bind/bound.h"

namespace dosql {

// `name` in quotes where a statement's text needs them: keywords, and what is no plain word.
std::string QuotedIfNeeded(std::string_view name);

// `stem`, or the first of stem:1, stem:2, ... that is none of `names`.
std::string UniqueName(std::string_view stem, const std::vector<std::string>& names);

// "CREATE TABLE t(a INT,b TEXT)" for the columns of a query, as SQLite stores it.
std::string CreateTableText(std::string_view table, const sql::List<BoundOutput>& columns);

}  // namespace dosql
