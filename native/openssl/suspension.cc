#include "native/openssl/suspension.h"

#include <openssl/async.h>

#include <algorithm>
#include <cstdlib>

#include "native/openssl/error.h"
#include "native/openssl/job_stack.h"
#include "native/openssl/system.h"

namespace bladessl::openssl {

namespace {

// So many stacks may be kept for the next handshakes.
constexpr std::size_t kKeptStacks = 64;
// When there were so many, malloc is made to give their stacks back, too: it takes some 7 us for
// each of them.
constexpr std::size_t kLargeCrowd = 1000;

std::string FindWhyNoJobs() {
  if (std::getenv("BLADESSL_NO_ASYNC_JOBS") != nullptr) return "BLADESSL_NO_ASYNC_JOBS is set";
  if (ASYNC_is_capable() == 0) return "OpenSSL's ASYNC jobs do not work on this platform";
  return {};
}

[[noreturn]] void ThrowNotPossible(const std::string& why) {
  throw TooLate("ERR_ASYNC_NOT_POSSIBLE",
                "this handshake cannot wait, so a callback has to answer at once: " + why);
}

// OpenSSL keeps the stacks for later. What a crowd has used goes with the last of it. A job that is
// paused needs what OpenSSL has of the thread.
void GiveBackStacks() {
  SuspensionCounters& all = Suspensions();
  if (all.jobs > 0 || all.crowd <= kKeptStacks) return;
  const std::size_t crowd = std::exchange(all.crowd, 0);
  ASYNC_cleanup_thread();
  if (crowd >= kLargeCrowd) system::ReturnFreeMemory();
}

// On this thread.
thread_local Suspension* current = nullptr;

// Names whose handshake libssl is in; null while JavaScript runs.
class Inside {
 public:
  explicit Inside(Suspension* suspension) { current = suspension; }
  ~Inside() { current = outer_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Suspension* const outer_ = current;
};

}  // namespace

std::exception_ptr& ThrownBelow() {
  thread_local std::exception_ptr thrown;
  return thrown;
}

bool IsTooLate(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const TooLate&) {
    return true;
  } catch (...) {
    return false;
  }
}

const std::string& WhyNoJobs() {
  static const std::string why = FindWhyNoJobs();
  return why;
}

SuspensionCounters& Suspensions() {
  thread_local SuspensionCounters counters;
  return counters;
}

void Question::Fail(std::exception_ptr failure) {
  if (answered_) return;
  failure_ = std::move(failure);
  Close();
}

void Question::Close() {
  answered_ = true;
  on_abandoned = nullptr;
  asked = nullptr;
  if (const auto wake = std::exchange(wake_, nullptr)) wake();
}

void Question::Drop() {
  answered_ = true;
  wake_ = nullptr;
  if (const auto tell = std::exchange(on_abandoned, nullptr)) tell();
  asked = nullptr;
}

Suspension::~Suspension() {
  if (question_) question_->wake_ = nullptr;
}

bool Suspension::OnJob() {
  return ASYNC_get_current_job() != nullptr;
}

Suspension* Suspension::Current() {
  return current;
}

Suspension::Repeatable::Repeatable(Suspension& suspension) : suspension_(suspension) {
  suspension_.repeatable_ = suspension_.way_ == Way::kRepetition;
}

Suspension::Repeatable::~Repeatable() {
  suspension_.repeatable_ = false;
  const bool again = suspension_.way_ == Way::kRepetition && suspension_.needs_job_;
  if (!suspension_.paused() && !again) suspension_.told_.clear();
}

void Suspension::RequireNotAbandoned() const {
  if (abandoned_) throw UsageError("ERR_CLOSED", "the connection is being ended");
}

void Suspension::Wait(const std::shared_ptr<Question>& question, const std::function<void()>& put) {
  if (way_ == Way::kJob) {
    WaitOnJob(question, put);
  } else {
    WaitInPlace(*question, put);
  }
}

// The stack of a job is left here and come back to. Nothing may be in a catch block then: who
// handles which exception is known by thread, not by stack.
void Suspension::WaitOnJob(const std::shared_ptr<Question>& question,
                           const std::function<void()>& put) {
  question_ = question;
  put_ = &put;
  put_by_job_.push_back(question);
  if (!std::exchange(has_job_, true)) {
    SuspensionCounters& all = Suspensions();
    all.crowd = std::max(all.crowd, ++all.jobs);
  }
  while (!question->answered() && !abandoned_) {
    {
      const OffJobStack elsewhere;
      ASYNC_pause_job();
    }
    // Where pausing is blocked the caller has never been reached.
    if (put_ == nullptr) continue;
    question_ = nullptr;
    put_ = nullptr;
    ThrowNotPossible("OpenSSL does not let go of it");
  }
  question_ = nullptr;
  if (!question->answered()) throw UsageError("ERR_CLOSED", "the connection has been ended");
}

std::shared_ptr<Question> Suspension::Told(const std::string& which) const {
  const auto found = std::find_if(told_.begin(), told_.end(),
                                  [&](const auto& entry) { return entry.first == which; });
  return found == told_.end() ? nullptr : found->second;
}

void Suspension::RequireAnswer(const std::shared_ptr<Question>& question) {
  if (!HasToWait(*question)) return;
  question_ = question;
  throw Unanswered();
}

void Suspension::RequireJob() {
  if (!WhyNoJobs().empty()) return;
  needs_job_ = true;
  if (way_ == Way::kRepetition) throw Unanswered();
}

void Suspension::PutHere(const std::function<void()>& put) const {
  const Inside nowhere(nullptr);
  if (on_ask) on_ask();
  put();
}

void Suspension::WaitInPlace(Question& question, const std::function<void()>& put) {
  if (OnJob()) ThrowNotPossible("it goes through another TLS connection that shakes hands");
  PutHere(put);
  if (question.answered()) return;
  question.Drop();
  ThrowNotPossible(WhyNoJobs().empty()
                       ? "it is not run by doHandshake(), handshake(), connect() or accept()"
                       : WhyNoJobs());
}

Suspension::For::For(const Suspension& suspension) : outer_(current) {
  if (current != &suspension) current = nullptr;
}

Suspension::For::~For() {
  current = outer_;
}

int Suspension::Handshake(SSL* ssl, bool by_job, const std::function<int()>& shake) {
  // Inside another connection's job libssl starts none, and nothing can be put.
  if (OnJob()) {
    if (!paused()) return shake();
    throw UsageError("ERR_BUSY", "the handshake waits, and cannot go on inside another one");
  }
  const Inside here(this);
  Leave();
  way_ = has_job_ || needs_job_ || (by_job && WhyNoJobs().empty()) ? Way::kJob : Way::kRepetition;
  int answer = -1;
  // One that was waited for in a callback that is repeated now, perhaps on a job.
  if (!has_job_) question_ = nullptr;
  if (way_ == Way::kRepetition) {
    answer = shake();
    if (needs_job_) way_ = Way::kJob;
  }
  if (way_ == Way::kJob) answer = RunJob(ssl, shake);
  way_ = Way::kNone;
  return answer;
}

int Suspension::RunJob(SSL* ssl, const std::function<int()>& shake) {
  SSL_set_mode(ssl, SSL_MODE_ASYNC);
  int answer = shake();
  while (question_) {
    if (!PutForJob()) return -1;
    answer = shake();
  }
  EndJob(ssl);
  return answer;
}

void Suspension::EndJob(SSL* ssl) {
  SSL_clear_mode(ssl, SSL_MODE_ASYNC);
  put_by_job_.clear();
  if (std::exchange(has_job_, false)) --Suspensions().jobs;
  GiveBackStacks();
}

// False: the answer will take a while.
bool Suspension::PutForJob() {
  const std::shared_ptr<Question> question = question_;
  if (const auto* put = std::exchange(put_, nullptr)) {
    try {
      PutHere(*put);
    } catch (...) {
      question->Fail(std::current_exception());
    }
  }
  return !HasToWait(*question);
}

bool Suspension::HasToWait(Question& question) {
  SuspensionCounters& all = Suspensions();
  if (!question.answered() && all.waiting >= all.limit) {
    const auto tell = question.on_abandoned;
    question.Fail(std::make_exception_ptr(UsageError(
        "ERR_TOO_MANY_WAITING", std::to_string(all.limit) + " handshakes wait already")));
    if (tell) tell();
  }
  if (question.answered()) return false;
  if (!std::exchange(counted_, true)) ++all.waiting;
  all.most = std::max(all.most, all.waiting);
  question.wake_ = [this] {
    if (on_answer) on_answer();
  };
  return true;
}

void Suspension::Leave() {
  if (std::exchange(counted_, false)) --Suspensions().waiting;
}

void Suspension::Abandon(SSL* ssl) {
  if (!question_ || abandoned_) return;
  abandoned_ = true;
  const std::shared_ptr<Question> question = question_;
  const QueueGuard guard;
  Leave();
  if (!question->answered()) ++Suspensions().drained;
  {
    const Inside here(this);
    if (!has_job_) question_ = nullptr;
    do {
      (void)SSL_do_handshake(ssl);
    } while (question_);
  }
  ThrownBelow() = nullptr;
  EndJob(ssl);
  question->Drop();
}

}  // namespace bladessl::openssl
