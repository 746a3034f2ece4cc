// A connection: bytes both ways over a transport, in the clear or through TLS, from its making to
// its end. Calls its owner once for each thing that happens, and never again after kClosed.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "native/io/handshake_pool.h"
#include "native/io/loop.h"
#include "native/io/party.h"
#include "native/io/socket_transport.h"
#include "native/io/stream_transport.h"
#include "native/openssl/tls_stream.h"

namespace bladessl::io {

class Connection final : public Party {
 public:
  enum class Event {
    kConnected,  // the connection is made
    kSecured,    // the handshake is done
    kEnd,        // the peer sends no more
    kDrain,      // a write said that it was enough; now there is room again
    kFinished,   // everything has been sent, and the end too
    kClosed,     // it is over, with a failure or without one
  };

  class Owner {
   public:
    virtual ~Owner() = default;
    struct Room {
      unsigned char* data = nullptr;
      std::size_t size = 0;
    };
    // Where the next bytes may be put.
    virtual Room RoomForData() = 0;
    // So many have been put there.
    virtual void OnData(std::size_t size) = 0;
    virtual void OnEvent(Event event, const std::exception_ptr& failure) = 0;
    // Held while the TLS of the connection may call its user. What the user has put off is done
    // when it is let go.
    virtual std::shared_ptr<void> EnterUser() = 0;
  };

  struct TlsSettings {
    std::string server_name;           // whom the certificate must be for, if the SSL does not say
    std::uint64_t timeout = 0;         // milliseconds for the handshake; 0: no limit
    std::uint64_t budget = 2'000'000;  // nanoseconds of a turn that handshakes may take
    std::size_t threads = 0;           // that carry handshakes out; 0: the loop's own does
  };

  explicit Connection(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}
  ~Connection() override;

  // Nobody is told anything before an owner is set, nor after it is taken away.
  void SetOwner(Owner* owner) { owner_ = owner; }
  // The owner has gone, and with it the peer of a stream.
  void Orphan();
  // Takes a socket that is connected already, or is to be connected by Connect().
  void UseSocket(std::shared_ptr<Descriptor> descriptor);
  void UseStream(StreamTransport::Peer& peer);
  void Connect(const Address& address);
  // From here on everything is TLS. What came and has not been read is the peer's first record.
  void StartTls(std::shared_ptr<openssl::Ssl> ssl, const TlsSettings& settings);

  // Takes all of it. False when it is enough for now: kDrain tells when to go on.
  bool Write(const unsigned char* data, std::size_t size);
  // Sends what was written, and that no more will come; then kFinished.
  void End();
  enum class Ending {
    kGraceful,  // sends what was written, and the end
    kNow,       // drops it
    kReset,     // drops it, and tells the peer so (RST)
  };
  void Close(Ending ending);
  // Close will be asked for when more has been written: until then too, the peer has to take what
  // waits for it.
  void ExpectProgress();
  void SetReading(bool on);
  void SetHighWaterMark(std::size_t size) { high_water_mark_ = size; }
  void KeepLoop(bool on);

  bool closed() const { return phase_ == Phase::kClosed || phase_ == Phase::kLingering; }
  // Whether a stream waits for the peer's end after kClosed; its peer is told when it may go.
  bool lingers_over_stream() const { return stream_ != nullptr && phase_ == Phase::kLingering; }
  std::size_t queued() const;
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return bytes_written_; }
  const std::shared_ptr<Descriptor>& descriptor() const { return descriptor_; }
  const std::shared_ptr<openssl::Ssl>& ssl() const { return ssl_; }
  void* get() { return this; }

  // Is received before anything else.
  void PutBack(const unsigned char* data, std::size_t size) { transport_->PutBack(data, size); }
  // For a stream: bytes from the peer, its end or its failure, and what has left.
  void Feed(const unsigned char* data, std::size_t size);
  void FeedEnd();
  void FeedError(int sys_errno);
  void Acknowledge(std::size_t size);

  // From the handshake pool.
  void TakeBack(HandshakeStep& step);

  void Flush() override;
  void Continue() override;
  void Expire(const TimerWheel::Timer& timer) override;

 private:
  enum class Phase {
    kIdle,  // not connected yet
    kConnecting,
    kHandshaking,
    kOpen,
    kClosing,    // sends what is left
    kLingering,  // has sent all, and waits for the peer's end, so that nothing sent is lost
    kClosed,
  };
  enum class Side { kOpen, kEnding, kEnded };
  struct Batch;
  // A call of libssl that may call the user.
  class InsideTls {
   public:
    explicit InsideTls(Connection& connection) : inside_(connection.inside_tls_) { inside_ = true; }
    ~InsideTls() { inside_ = false; }
    InsideTls(const InsideTls&) = delete;
    InsideTls& operator=(const InsideTls&) = delete;

   private:
    bool& inside_;
  };

  void OnReady(int status, int events);
  void Advance();
  void EnterUser();
  void LeaveUser();
  bool EndedInside();
  void FinishConnect();
  void StepHandshake();
  void Answered();
  void SendStepAway();
  void Concluded(const openssl::SslResult& result);
  void Secured();
  void ReadWhileWanted();
  bool ReadBatch();
  void FillRoom(Batch& batch);
  void TellSessions();
  bool MoveToRoom(Batch& batch);
  bool MayHaveMore() const;
  void Discard();
  void PeerEnded();

  void Seal(const unsigned char* data, std::size_t size);
  void SealCork();
  void Submit();
  void AllSent();
  void KeepWarm();
  void CoolDown();
  void NeedFlush();
  void NeedContinue();

  void Fail(std::exception_ptr failure);
  void FailToWrite();
  void Progress();
  void Linger();
  void Shut(const std::exception_ptr& failure, bool reset);
  void Tell(Event event, const std::exception_ptr& failure = nullptr);
  void UpdateWatch();

  std::shared_ptr<Loop> loop_;
  Owner* owner_ = nullptr;
  std::shared_ptr<Descriptor> descriptor_;
  std::unique_ptr<Transport> transport_;
  StreamTransport* stream_ = nullptr;  // the transport, if it is one
  std::shared_ptr<openssl::Ssl> ssl_;
  std::unique_ptr<openssl::TlsStream> tls_;

  Phase phase_ = Phase::kIdle;
  Side incoming_ = Side::kOpen;
  Side outgoing_ = Side::kOpen;
  bool reading_ = false;
  bool away_ = false;       // its TLS is with the handshake pool
  bool advancing_ = false;  // inside Advance: it looks again by itself
  // Inside libssl, which may call the user: what he ends then is ended afterwards.
  bool inside_tls_ = false;
  std::optional<Ending> ending_;
  std::shared_ptr<void> user_;  // while he may be called
  bool flush_pending_ = false;
  bool continue_pending_ = false;
  bool drain_owed_ = false;
  bool expects_progress_ = false;

  std::uint64_t kept_ = 0;  // while it lingers: the loop's share
  TimerWheel::Timer timer_{*this};
  TimerWheel::Timer cool_timer_{*this};
  bool warm_ = false;  // used since the timer was set
  std::uint64_t budget_ = 0;
  HandshakePool* handshakers_ = nullptr;
  std::size_t high_water_mark_ = 65536;
  std::size_t accepted_ = 0;  // bytes written since everything was last sent
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
  ByteQueue early_;  // written before the connection was ready for it
  std::exception_ptr failure_;
  // Sends its alert before it closes. A stream runs JS while it takes that: what comes of it is not
  // what the connection fails with.
  bool failing_ = false;
};

}  // namespace bladessl::io
