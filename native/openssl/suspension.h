// Handshakes that wait. What somebody else decides is a question, asked from inside one of libssl's
// callbacks. Where the handshake runs as one of OpenSSL's jobs (ASYNC_start_job(3)), which have a
// stack of their own, the question leaves that stack: it is put on the caller's, and the job goes
// on when it is answered, now or later. Elsewhere it is put where it stands, and has to be answered
// at once.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "native/openssl/error.h"

namespace bladessl::openssl {

// Answered once, on the thread that asked; what is said after that is not heard.
class Question {
 public:
  Question() = default;
  virtual ~Question() = default;
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  bool answered() const { return answered_; }
  // An answer too: whoever asked is thrown this.
  void Fail(std::exception_ptr failure);
  // Called when nobody waits for the answer any more; perhaps where no JavaScript can run.
  std::function<void()> on_abandoned;
  // Whether somebody keeps the connection alive while the answer is waited for. Otherwise only the
  // answer that is to come may keep it.
  bool is_kept = false;
  // What whoever is asked has of the question.
  std::shared_ptr<void> asked;

 protected:
  void Close();
  std::exception_ptr failure_;

 private:
  friend class Suspension;
  // Nobody waits any more.
  void Drop();

  bool answered_ = false;
  std::function<void()> wake_;
};

template <class Value>
class Reply final : public Question {
 public:
  void Settle(Value value) {
    if (answered()) return;
    value_ = std::move(value);
    Close();
  }
  Value Take() {
    if (failure_) std::rethrow_exception(failure_);
    return std::move(*value_);
  }

 private:
  std::optional<Value> value_;
};

// An answer was not there when it had to be.
class TooLate : public UsageError {
 public:
  using UsageError::UsageError;
};
bool IsTooLate(const std::exception_ptr& failure);

// What waits on this thread.
struct SuspensionCounters {
  std::size_t waiting = 0;
  std::size_t most = 0;     // that have waited at once
  std::size_t drained = 0;  // that were ended before they had an answer
  std::size_t limit = 65536;
  std::size_t crowd = 0;  // the most since stacks were given back
};
SuspensionCounters& Suspensions();

// Why there are no jobs here; empty when there are.
const std::string& WhyNoJobs();

// What was thrown by somebody who was called by libssl and does not know for which SSL, until that
// call of libssl has returned.
std::exception_ptr& ThrownBelow();

// The questions of one SSL.
class Suspension {
 public:
  ~Suspension();

  // From a callback of libssl: `put` begins to ask, where JavaScript can run. Throws what the
  // answer throws, or ERR_ASYNC_NOT_POSSIBLE.
  template <class Value>
  Value Ask(const std::function<void(const std::shared_ptr<Reply<Value>>&)>& put) {
    const auto reply = std::make_shared<Reply<Value>>();
    reply->is_kept = is_kept;
    Wait(reply, [&] { put(reply); });
    return reply->Take();
  }

  // The same outside of any handshake, where the answer has to come at once.
  template <class Value>
  static Value AskInPlace(const std::function<void(const std::shared_ptr<Reply<Value>>&)>& put) {
    const auto reply = std::make_shared<Reply<Value>>();
    WaitInPlace(*reply, [&] { put(reply); });
    return reply->Take();
  }

  // That of the handshake which libssl is in on this thread; null in its other calls. For those
  // who are called by libssl and do not know for which SSL.
  static Suspension* Current();

  // Calls `shake`, which comes to SSL_do_handshake, and puts the questions in between.
  int Handshake(SSL* ssl, const std::function<int()>& shake);
  // Whether the handshake stands still until an answer comes: libssl must not be called.
  bool waiting() const { return question_ != nullptr && !question_->answered(); }
  // Whether it stands inside a callback, its question answered or not.
  bool paused() const { return question_ != nullptr; }
  // Whether the code that runs is on a job's stack.
  static bool OnJob();
  // Ends the wait: the handshake fails, and gives its stack back.
  void Abandon(SSL* ssl);

  // See Question.
  bool is_kept = false;
  const std::shared_ptr<Question>& question() const { return question_; }

  // Called when an answer has come that was waited for.
  std::function<void()> on_answer;

 private:
  void Wait(const std::shared_ptr<Question>& question, const std::function<void()>& put);
  static void WaitInPlace(Question& question, const std::function<void()>& put);
  static void PutHere(Question& question, const std::function<void()>& put);
  bool Put();
  void Leave();

  bool uses_job_ = false;
  bool abandoned_ = false;
  bool counted_ = false;
  std::shared_ptr<Question> question_;          // for which the job has paused
  const std::function<void()>* put_ = nullptr;  // how it is asked, until it has been
};

}  // namespace bladessl::openssl
