// Databases with a random history of writes and schema changes, whose slots feed one lake table.
//
//   lake_history SEED SOURCES STEPS FOLDER [FLUSHES]
//
// Writes the table below FOLDER and prints for each flush "snapshot METADATA ROWS.json": the rows
// that the sources have then, one JSON array a row, in the order of the lake's columns. Batches are
// sent twice now and then, and cut small.
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "core/engine/database.h"
#include "core/lake/iceberg/table_metadata.h"
#include "core/lake/ingest/lake_table.h"
#include "core/lake/json/json.h"
#include "core/type/row_codec.h"
#include "tests/engine/test_database.h"

using namespace dosql;

namespace {

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "lake_history: %s\n", why.c_str());
  std::exit(1);
}

struct SourceDatabase {
  TestDatabase db;
  std::vector<std::string> columns;  // as the table has them now; id first
  int64_t next_id = 1;

  std::vector<std::string> Run(const std::string& sql) {
    std::vector<std::string> rows = db.Run(sql);
    if (!rows.empty() && rows.back().starts_with("error")) Die(sql + ": " + rows.back());
    return rows;
  }
};

std::vector<uint8_t> FromHex(std::string_view hex) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

std::string RandomValue(TestNumbers* below, const std::string& column) {
  if ((*below)(9) == 0) return "NULL";
  switch (column[0]) {
    case 'n': return std::to_string((*below)(1000000) - 500000);
    case 'r': return std::to_string((*below)(100000)) + "." + std::to_string((*below)(100));
    case 'd':
      return "'20" + std::to_string(10 + (*below)(20)) + "-0" + std::to_string(1 + (*below)(9)) +
             "-1" + std::to_string((*below)(9)) + "'";
    case 'b': return std::to_string((*below)(2));
    case 'p': return std::to_string((*below)(90000)) + "." + std::to_string(10 + (*below)(89));
    case 'q': {
      // Integers of 18 digits, and REALs that have more.
      const std::string digits = std::to_string(100000000 + (*below)(900000000));
      return digits + std::to_string((*below)(100000)) +
             ((*below)(2) ? digits : digits + digits + ".5");
    }
    default: return "'word " + std::to_string((*below)(5000)) + "'";
  }
}

const char* TypeOfColumn(const std::string& column) {
  switch (column[0]) {
    case 'n': return "INTEGER";
    case 'r': return "REAL";
    case 'd': return "DATE";
    case 'b': return "BOOLEAN";
    case 'p': return "DECIMAL(10,2)";
    case 'q': return "DECIMAL(38,6)";
    default: return "TEXT";
  }
}

void Write(SourceDatabase* s, TestNumbers* below) {
  const int64_t kind = (*below)(10);
  const std::string where =
      " WHERE id = " + std::to_string(1 + (*below)(static_cast<uint64_t>(s->next_id)));
  if (kind < 5 || s->next_id < 5) {
    std::string names, values;
    for (const std::string& c : s->columns) {
      names += (names.empty() ? "" : ", ") + c;
      values += (values.empty() ? "" : ", ") +
                (c == "id" ? std::to_string(s->next_id) : RandomValue(below, c));
    }
    s->next_id++;
    s->Run("INSERT INTO t (" + names + ") VALUES (" + values + ")");
  } else if (kind < 8) {
    const std::string& c = s->columns[1 + static_cast<size_t>((*below)(s->columns.size() - 1))];
    // A value now and then that does not fit its column.
    const bool odd = (*below)(40) == 0 && c[0] != 'w';
    s->Run("UPDATE t SET " + c + " = " + (odd ? "'odd one'" : RandomValue(below, c)) + where);
  } else if (kind < 9) {
    s->Run("DELETE FROM t" + where);
  } else {
    s->Run("BEGIN; UPDATE t SET " + s->columns[1] + " = NULL; DELETE FROM t" + where +
           "; ROLLBACK");
  }
}

int column_number = 0;

// The same change in every source, one after the other, as a deployment makes it.
void ChangeSchema(std::vector<SourceDatabase>* sources, TestNumbers* below) {
  constexpr char kKinds[] = "nrdbpqw";
  const int64_t kind = (*below)(3);
  std::vector<std::string>& columns = (*sources)[0].columns;
  const size_t at = 1 + static_cast<size_t>(columns.size() > 1 ? (*below)(columns.size() - 1) : 0);
  std::string sql;
  std::vector<std::string> next = columns;
  if (kind == 0 || columns.size() < 3) {
    const std::string name = std::string(1, kKinds[(*below)(7)]) + std::to_string(++column_number);
    next.push_back(name);
    sql = "ALTER TABLE t ADD COLUMN " + name + " " + TypeOfColumn(name);
  } else if (kind == 1) {
    const std::string name = columns[at].substr(0, 1) + std::to_string(++column_number);
    sql = "ALTER TABLE t RENAME COLUMN " + columns[at] + " TO " + name;
    next[at] = name;
  } else {
    sql = "ALTER TABLE t DROP COLUMN " + columns[at];
    next.erase(next.begin() + static_cast<int64_t>(at));
  }
  for (SourceDatabase& s : *sources) {
    s.Run(sql);
    s.columns = next;
  }
}

// Another client sets how files are to be written; now and then, so that a table has files of many
// kinds.
std::string WithOtherProperties(const std::string& metadata, TestNumbers* below) {
  lake::TableMetadata m;
  Diag diag;
  if (!lake::ParseTableMetadata(metadata, &m, &diag).ok()) Die(diag.message);
  constexpr const char* kCodecs[] = {"zstd", "snappy", "uncompressed"};
  constexpr const char* kEncodings[] = {"", "DELTA_BINARY_PACKED",
                                        "DELTA_BINARY_PACKED, BYTE_STREAM_SPLIT"};
  lake::SetProperty("write.parquet.compression-codec", kCodecs[(*below)(3)], &m.properties);
  lake::SetProperty("dolake.parquet.encodings", kEncodings[(*below)(3)], &m.properties);
  for (const char* column : {"id", "w0", "n0", "p0", "q0"})
    lake::SetProperty(std::string("write.parquet.bloom-filter-enabled.column.") + column,
                      (*below)(2) ? "true" : "false", &m.properties);
  return lake::TableMetadataText(m);
}

void PutFile(const std::string& uri, const std::string& bytes) {
  const std::string path = uri.substr(7);  // file://
  for (size_t i = 1; (i = path.find('/', i)) != std::string::npos; i++)
    mkdir(path.substr(0, i).c_str(), 0777);
  std::FILE* f = std::fopen(path.c_str(), "wb");
  if (f == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), f) != bytes.size())
    Die("cannot write " + path);
  std::fclose(f);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) Die("usage: lake_history SEED SOURCES STEPS FOLDER [FLUSHES]");
  TestNumbers below(std::strtoull(argv[1], nullptr, 10));
  std::vector<SourceDatabase> sources(static_cast<size_t>(std::atoi(argv[2])));
  const int steps = std::atoi(argv[3]);
  const std::string folder = argv[4];
  const uint64_t flushes = argc > 5 ? std::strtoull(argv[5], nullptr, 10) : 12;
  std::map<std::string, std::string> manifests;  // what flushes may be asked to merge
  uint64_t entropy = std::strtoull(argv[1], nullptr, 10) * 77 + 1;
  std::vector<std::unique_ptr<MemoryStore>> stores;
  for (size_t i = 0; i < sources.size(); i++) {
    sources[i].db.entropy.state = 1000 * entropy + i;
    // Another database id than its neighbours'.
    stores.push_back(std::make_unique<MemoryStore>(FaultModel::kPosix));
    sources[i].db.pages = stores.back().get();
    sources[i].db.Open();
    sources[i].columns = {"id", "w0", "n0", "p0", "q0"};
    sources[i].Run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, w0 TEXT, n0 INTEGER, p0 DECIMAL(10,2), q0 "
        "DECIMAL(38,6)); CREATE "
        "REPLICATION SLOT lake FOR TABLE t WITH COPY");
    sources[i].Run("INSERT INTO t VALUES (0, 'first', 0, 0, 0)");
  }
  MemoryStore lake_pages(FaultModel::kPosix);
  TestClock clock;
  TestEntropy store_entropy;
  ByteBudget budget(256 << 20);
  std::unique_ptr<lake::LakeStore> store;
  if (!lake::LakeStore::Open({&lake_pages, &clock, &store_entropy}, &budget, 16 << 20, &store).ok())
    Die("cannot open the lake's store");
  lake::LakeTable table("t", store.get());
  if (!table.Open().ok()) Die("cannot open the lake's table");
  Diag diag;
  std::vector<std::vector<uint8_t>> sent;
  uint64_t repeats = 0, batches = 0;
  auto pump = [&](SourceDatabase* s) {
    for (;;) {
      const std::string max = std::to_string(below(3) == 0 ? 1 + below(2000) : 100000);
      std::vector<std::string> rows =
          s->Run("SELECT hex(batch), hex(position) FROM replication_batch('lake', " + max + ")");
      if (rows.empty()) return;
      const size_t bar = rows[0].find('|');
      sent.push_back(FromHex(std::string_view(rows[0]).substr(0, bar)));
      bool taken;
      if (Status status = table.Take(sent.back(), {}, &taken, &diag); !status.ok() || !taken)
        Die("Take: " + std::string(CodeName(status.code())) + " " + diag.message);
      batches++;
      // A lost acknowledgement: the batch comes again, and so may older ones.
      if (below(4) == 0) {
        if (!table.Take(sent[static_cast<size_t>(below(sent.size()))], {}, &taken, &diag).ok() ||
            taken)
          Die("a batch was taken twice");
        repeats++;
      }
      s->Run("ALTER REPLICATION SLOT lake ADVANCE TO x'" + rows[0].substr(bar + 1) + "'");
    }
  };
  for (SourceDatabase& each : sources) pump(&each);
  for (int step = 1; step <= steps; step++) {
    SourceDatabase& s = sources[static_cast<size_t>(below(sources.size()))];
    Write(&s, &below);
    if (below(steps < 20000 ? 200 : 2000) == 0) ChangeSchema(&sources, &below);
    const bool last = step == steps;
    if (last || below(50) == 0) pump(&s);
    if (!last && below(static_cast<uint64_t>(steps) / flushes + 1) != 0) continue;
    for (SourceDatabase& each : sources) pump(&each);
    if (!table.pending()) continue;
    uint8_t random[lake::kFlushEntropyBytes];
    for (uint8_t& b : random)
      b = static_cast<uint8_t>((entropy = entropy * 6364136223846793005u + 1442695040888963407u) >>
                               40);
    lake::FlushOutput out;
    const std::string location = "file://" + folder + "/t";
    lake::FlushInput input{random, 1700000000000 + step * 1000, location,
                           "6f1d3c5e-0000-4000-8000-0123456789ab"};
    for (const std::string& path : table.ToMerge()) input.merge.push_back(manifests.at(path));
    if (Status status = table.Flush(input, &out, &diag); !status.ok())
      Die("Flush: " + std::string(CodeName(status.code())) + " " + diag.message);
    PutFile(out.metadata.path, out.metadata.bytes);
    if (!table.Committed(out.metadata.bytes, out.metadata.path, &diag).ok()) Die(diag.message);
    std::string manifest_list;
    for (const lake::OutputFile& f : out.files) {
      PutFile(f.path, f.bytes);
      if (f.path.ends_with(".avro")) manifests[f.path] = f.bytes;
      if (f.path.find("/snap-") != std::string::npos) manifest_list = f.bytes;
    }
    const std::string metadata = WithOtherProperties(out.metadata.bytes, &below);
    if (!table.Use({metadata, out.metadata.path, manifest_list}, &diag).ok()) Die(diag.message);
    const std::string rows_path = folder + "/rows-" + std::to_string(step) + ".json";
    std::string rows;
    for (SourceDatabase& each : sources) {
      std::string list;
      for (const lake::Field& f : table.schema().fields) {
        if (f.name == lake::kOverflowColumn) continue;
        list += (list.empty() ? "" : " || '|' || ") + ("quote(" + f.name + ")");
      }
      for (const std::string& row : each.Run("SELECT " + list + " FROM t")) rows += row + "\n";
    }
    PutFile("file://" + rows_path, rows);
    std::printf("snapshot %s %s %lld\n", out.metadata.path.c_str(), rows_path.c_str(),
                static_cast<long long>(out.snapshot_id));
  }
  std::fprintf(stderr, "%llu batches, %llu sent again, %llu values that did not fit\n",
               static_cast<unsigned long long>(batches), static_cast<unsigned long long>(repeats),
               static_cast<unsigned long long>(table.misfits()));
  return 0;
}
