// Writing when the transport is full, by a caller that comes back with the same bytes, more of
// them, fewer, or, having given up, with others. The peer receives what was reported as written,
// once and in order, and at most one record of what was given up.
#include <vector>

#include "native/openssl/bio.h"
#include "test/fuzz/native/tls.h"

namespace {

using namespace bladessl::fuzz;
using bladessl::openssl::Bio;
using bladessl::openssl::BioResult;
using bladessl::openssl::BioState;
using bladessl::openssl::Piece;

constexpr std::size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;
constexpr std::size_t kMostOffered = 1 << 18;
constexpr int kMostSteps = 200;
constexpr std::size_t kCapacities[] = {512, 3000, 17 * 1024, 40 * 1024};

constexpr std::size_t kMostRows = 4;

// What a caller has to say until it gives up. No byte of one row is one of another.
std::string BytesOf(std::size_t row, std::size_t begin, std::size_t size) {
  std::string bytes;
  bytes.reserve(size);
  for (std::size_t i = begin; i < begin + size; ++i) {
    bytes.push_back(static_cast<char>(row << 6 | (i * 2654435761u >> 23 & 0x3f)));
  }
  return bytes;
}

struct Row {
  std::size_t written = 0;
  bool given_up = false;
};

enum class How { kSsl, kPieces, kLink };

class Writer {
 public:
  Writer(How how, std::size_t capacity) : how_(how) {
    static const auto client_context = NewContext(Role::kClient);
    static const auto server_context = NewContext(Role::kServer);
    client_ = std::make_shared<Ssl>(client_context);
    server_ = std::make_shared<Ssl>(server_context);
    const auto [near, far] = Bio::NewPair(capacity, 1 << 16);
    server_->SetTransport(far, far);
    if (how == How::kLink) {
      link_ = Bio::New(BIO_f_ssl());
      client_->SetVerifyName("localhost");
      link_->SetSsl(client_, false);
      link_->Push(near);
    } else {
      client_->SetTransport(near, near);
    }
    Shake();
  }

  // Offers the next bytes of the row; a row that was given up is not gone on with.
  void Offer(std::size_t size) {
    if (rows_.empty() || rows_.back().given_up) {
      if (rows_.size() == kMostRows) return;
      unfinished_ = false;
      rows_.push_back({});
    }
    Row& row = rows_.back();
    row.written += Write(BytesOf(rows_.size() - 1, row.written, size));
  }

  void GiveUp() {
    if (rows_.empty()) return;
    if (link_) link_->AbandonWrite();
    rows_.back().given_up = true;
  }

  std::size_t Receive(std::size_t size) {
    std::string part(size, '\0');
    const SslResult result = server_->Read(part.data(), part.size());
    received_.append(part, 0, result.bytes);
    return result.bytes;
  }

  // All that is on its way arrives, and the last row is gone on with until nothing of it waits.
  void Finish() {
    const auto waits = [this] { return unfinished_ && !rows_.back().given_up; };
    while (Receive(kRecord) > 0 || server_->rbio()->Pending() > 0 || waits()) {
      if (waits()) Offer(offered_);
    }
  }

  void Judge() const {
    std::size_t position = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::size_t left = received_.size() - position;
      const std::size_t most = rows_[i].written + kRecord;
      const std::string expected = BytesOf(i, 0, most);
      const std::size_t common = static_cast<std::size_t>(
          std::mismatch(expected.begin(), expected.begin() + std::min(left, most),
                        received_.begin() + position)
              .first -
          expected.begin());
      Require(common >= rows_[i].written, "what was written has arrived, in order");
      position += common;
    }
    Require(position == received_.size(), "nothing else has arrived");
  }

 private:
  void Shake() {
    bool first = false;
    bool second = false;
    while (!first || !second) {
      first = first || (link_ ? link_->DoHandshake().done() : client_->Handshake().done());
      second = second || server_->Handshake().done();
      // The tickets.
      char byte = 0;
      if (first) Require(!client_->Peek(&byte, 1).done(), "there is nothing to read");
    }
  }

  std::size_t Write(const std::string& data) {
    offered_ = data.size();
    std::size_t bytes = 0;
    if (how_ == How::kLink) {
      const BioResult result = link_->Write(data.data(), data.size());
      Require(result.state != BioState::kEnd, "the connection stands");
      bytes = result.bytes;
    } else {
      bytes = (how_ == How::kSsl ? client_->Write(data.data(), data.size())
                                 : client_->WriteAll(PiecesOf(data)))
                  .bytes;
    }
    Require(bytes <= data.size(), "no more than was offered");
    unfinished_ = bytes == 0;
    return bytes;
  }

  static std::vector<Piece> PiecesOf(const std::string& data) {
    std::vector<Piece> pieces;
    const auto* begin = reinterpret_cast<const unsigned char*>(data.data());
    for (std::size_t at = 0, size = 1; at < data.size(); at += size, size = size * 3 + 1) {
      pieces.push_back({begin + at, std::min(size, data.size() - at)});
    }
    return pieces;
  }

  How how_;
  std::shared_ptr<Ssl> client_;
  std::shared_ptr<Ssl> server_;
  std::shared_ptr<Bio> link_;
  std::vector<Row> rows_;
  std::string received_;
  std::size_t offered_ = 0;
  bool unfinished_ = false;  // the last offer was not taken: it is to be made again
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Numbers::Restart();
  const auto how = static_cast<How>(input.Byte() % 3);
  Writer writer(how, kCapacities[input.Byte() % std::size(kCapacities)]);
  std::size_t offered = 0;
  for (int steps = 0; steps < kMostSteps && offered < kMostOffered && !input.empty(); ++steps) {
    switch (input.Byte() % 4) {
      case 0:
      case 1: {
        const std::size_t bytes = 1 + input.Number();
        offered += bytes;
        writer.Offer(bytes);
        break;
      }
      case 2:
        (void)writer.Receive(1 + input.Number());
        break;
      default:
        writer.GiveUp();
    }
  }
  writer.Finish();
  writer.Judge();
  return 0;
}
