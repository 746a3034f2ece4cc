// Handshakes that wait. What somebody else decides is a question, asked from inside one of libssl's
// callbacks, and put where it stands. Some callbacks libssl can be made to call again when the
// answer has come. For others the handshake runs as one of OpenSSL's jobs (ASYNC_start_job(3)),
// which have a stack of their own: the question leaves that stack, is put on the caller's, and the
// job goes on when it is answered, now or later. Where there are no jobs these have to be answered
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
#include <vector>

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
  const Value& Look() const {
    if (failure_) std::rethrow_exception(failure_);
    return *value_;
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

// Thrown through a callback that libssl is to call again: see Suspension::Repeatable.
struct Unanswered {};

// What waits on this thread.
struct SuspensionCounters {
  std::size_t waiting = 0;
  std::size_t most = 0;     // that have waited at once
  std::size_t drained = 0;  // that were ended before they had an answer
  std::size_t jobs = 0;     // that have paused, and have not ended yet
  std::size_t limit = 65536;
  std::size_t crowd = 0;  // the most jobs since stacks were given back
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

  template <class Value>
  using Put = std::function<void(const std::shared_ptr<Reply<Value>>&)>;

  // From a callback of libssl: `put` begins to ask, where JavaScript can run. Throws what the
  // answer throws, or ERR_ASYNC_NOT_POSSIBLE.
  template <class Value>
  Value Ask(const Put<Value>& put) {
    RequireNotAbandoned();
    const auto reply = NewReply<Value>();
    Wait(reply, [&] { put(reply); });
    return reply->Look();
  }

  // In a callback that can be repeated. `which` tells its questions apart: what was asked of what.
  template <class Value>
  Value AskOnce(const std::string& which, const Put<Value>& put) {
    std::shared_ptr<Question> told = Told(which);
    if (!repeatable_ && told == nullptr) return Ask(put);
    RequireNotAbandoned();
    if (told == nullptr) {
      const auto reply = NewReply<Value>();
      told = told_.emplace_back(which, reply).second;
      PutHere([&] { put(reply); });
    }
    RequireAnswer(told);
    return static_cast<const Reply<Value>&>(*told).Look();
  }
  // Whether `which` counts.
  bool repeatable() const { return repeatable_; }

  // The same outside of any handshake, where the answer has to come at once.
  template <class Value>
  static Value AskInPlace(const Put<Value>& put) {
    return Suspension().Ask<Value>(put);
  }

  // While a callback runs that libssl calls again if it is told so (SSL_CLIENT_HELLO_RETRY and the
  // like). Outside of a job that is how its questions wait: they throw Unanswered, and what has
  // been answered is not asked again.
  class Repeatable {
   public:
    explicit Repeatable(Suspension& suspension);
    ~Repeatable();
    Repeatable(const Repeatable&) = delete;
    Repeatable& operator=(const Repeatable&) = delete;

   private:
    Suspension& suspension_;
  };

  // Whether this is the stack of a job, where nothing but libssl may be called.
  static bool OnJob();
  // That of the handshake which libssl is in on this thread; null in its other calls. For those
  // who are called by libssl and do not know for which SSL.
  static Suspension* Current();

  // While libssl works for an SSL inside the handshake of another one, whose that is not.
  class For {
   public:
    explicit For(const Suspension& suspension);
    ~For();
    For(const For&) = delete;
    For& operator=(const For&) = delete;

   private:
    Suspension* const outer_;
  };

  // Calls `shake`, which comes to SSL_do_handshake, and puts the questions in between. `by_job`:
  // there will be some in callbacks that cannot be repeated.
  int Handshake(SSL* ssl, bool by_job, const std::function<int()>& shake);
  // From a callback that can be repeated, when that shows only now: it is, on a job, where there
  // are jobs. Throws Unanswered.
  void RequireJob();
  // Whether the handshake stands still until an answer comes: libssl must not be called.
  bool waiting() const { return question_ != nullptr && !question_->answered(); }
  // Whether it has stopped at a question, answered or not.
  bool paused() const { return question_ != nullptr; }
  // Ends the wait: the handshake fails, and gives its stack back.
  void Abandon(SSL* ssl);

  // See Question.
  bool is_kept = false;
  const std::shared_ptr<Question>& question() const { return question_; }

  // Called when an answer has come that was waited for.
  std::function<void()> on_answer;
  // Called before whoever is asked is called.
  std::function<void()> on_ask;

 private:
  enum class Way { kNone, kJob, kRepetition };

  template <class Value>
  std::shared_ptr<Reply<Value>> NewReply() const {
    auto reply = std::make_shared<Reply<Value>>();
    reply->is_kept = is_kept;
    return reply;
  }
  void RequireNotAbandoned() const;
  void Wait(const std::shared_ptr<Question>& question, const std::function<void()>& put);
  void WaitOnJob(const std::shared_ptr<Question>& question, const std::function<void()>& put);
  std::shared_ptr<Question> Told(const std::string& which) const;
  void RequireAnswer(const std::shared_ptr<Question>& question);
  void PutHere(const std::function<void()>& put) const;
  void WaitInPlace(Question& question, const std::function<void()>& put);
  int RunJob(SSL* ssl, const std::function<int()>& shake);
  void EndJob(SSL* ssl);
  bool PutForJob();
  bool HasToWait(Question& question);
  void Leave();

  Way way_ = Way::kNone;  // while a handshake is called
  bool has_job_ = false;  // which has paused, and has not ended yet
  bool needs_job_ = false;
  bool abandoned_ = false;
  bool counted_ = false;
  std::shared_ptr<Question> question_;          // at which the handshake has stopped
  const std::function<void()>* put_ = nullptr;  // how it is asked, until it has been
  // Of the job: JavaScript has a part in them, so they go where it can run.
  std::vector<std::shared_ptr<Question>> put_by_job_;
  bool repeatable_ = false;
  // In the callback that is repeated.
  std::vector<std::pair<std::string, std::shared_ptr<Question>>> told_;
};

}  // namespace bladessl::openssl
