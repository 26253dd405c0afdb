// SPDX-License-Identifier: Apache-2.0
// Tests of URLs of remote stores.
#include "core/base/url.hpp"

#include <catch2/catch.hpp>

#include "tests/support/seeded_random.hpp"

using namespace vcs::base;

TEST_CASE("url: all parts are read and decoded") {
  const Url url =
      parse_url("S3://us%40er:p%2Fa:s%25s@example.org:9000/buck%20et/x?region=eu&a=b%26c=d")
          .value();
  CHECK(url.scheme == "s3");
  CHECK(url.user == "us@er");
  CHECK(url.password == "p/a:s%s");
  CHECK(url.host == "example.org");
  CHECK(url.port == 9000);
  CHECK(url.path == "/buck et/x");
  CHECK(url.query.at("region") == "eu");
  CHECK(url.query.at("a") == "b&c=d");
  CHECK(url.query.size() == 2);
}

TEST_CASE("url: short forms") {
  CHECK(parse_url("file:///srv/backup").value().path == "/srv/backup");
  CHECK(parse_url("file:///srv/backup").value().host.empty());
  CHECK(parse_url("redis://localhost").value().path.empty());
  CHECK(parse_url("redis://[::1]:6379").value().host == "::1");
  CHECK(parse_url("redis://[::1]:6379").value().port == 6379);
  CHECK(parse_url("redis://host?db=3").value().query.at("db") == "3");
  CHECK(parse_url("redis://:secret@host").value().password == "secret");
  CHECK(parse_url("mongodb://a,b/db").value().host == "a,b");
}

TEST_CASE("url: a password holds the last @ apart from the host") {
  const Url url = parse_url("sftp://me:p@ss@host/dir").value();
  CHECK(url.password == "p@ss");
  CHECK(url.host == "host");
}

TEST_CASE("url: what is not one is refused, and no message repeats it") {
  for (const char* text : {"",
                           "hunter2",
                           "://hunter2",
                           "1a://hunter2",
                           "s3:hunter2",
                           "s3://host:hunter2/",
                           "s3://host:0/hunter2",
                           "s3://host:65536/hunter2",
                           "s3://host:/hunter2",
                           "s3://me:hunter2/x@host/",
                           "s3://h/%zzhunter2",
                           "s3://h/hunter2%",
                           "s3://h/hunter2%4",
                           "s3://h/%00hunter2",
                           "s3://h/#hunter2",
                           "s3://h/a hunter2",
                           "s3://[::1/hunter2",
                           "s3://[::1]hunter2/",
                           "s3://h/?a=hunter2&a=hunter2",
                           "s3://h/?=hunter2",
                           "s3://ho\"hunter2/",
                           "s3://h/\nhunter2"}) {
    const auto parsed = parse_url(text);
    INFO(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ErrorCode::invalid);
    CHECK(parsed.error().message.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("url: the redacted form shows no secret") {
  const Url url =
      parse_url("s3://me:hunter2@h:1/p?secret_key=hunter2&Password=hunter2&region=eu").value();
  CHECK(url.redacted() == "s3://me:***@h:1/p?Password=***&region=eu&secret_key=***");
  CHECK(url.text() == "s3://me:hunter2@h:1/p?Password=hunter2&region=eu&secret_key=hunter2");
}

TEST_CASE("url: the text form is read back as the same URL, whatever the bytes") {
  vcs::test::SeededRandom random(vcs::test::test_seed());
  const auto any_text = [&] {
    std::string text(random.below(12), '\0');
    for (char& c : text) c = static_cast<char>(1 + random.below(255));
    return text;
  };
  for (int i = 0; i < 500; ++i) {
    Url url{.scheme = "s3",
            .user = any_text(),
            .password = any_text(),
            .host = "h-1.example",
            .port = static_cast<std::uint16_t>(random.below(65536)),
            .path = "/" + any_text(),
            .query = {{"k" + any_text(), any_text()}, {"z", any_text()}}};
    INFO(url.text());
    const Url back = parse_url(url.text()).value();
    CHECK(back.user == url.user);
    CHECK(back.password == url.password);
    CHECK(back.port == url.port);
    CHECK(back.path == url.path);
    CHECK(back.query == url.query);
  }
}

TEST_CASE("url: arbitrary text never crashes the parser") {
  vcs::test::SeededRandom random(vcs::test::test_seed());
  constexpr std::string_view kAlphabet = "s3:/@?&=%[]#.a0\x80 ";
  for (int i = 0; i < 20000; ++i) {
    std::string text = random.one_in(2) ? "s3://" : "";
    for (std::uint64_t left = random.below(20); left > 0; --left)
      text += kAlphabet[random.below(kAlphabet.size())];
    const auto url = parse_url(text);
    if (url) CHECK(parse_url(url->text()).value().text() == url->text());
  }
}

TEST_CASE("url: percent encoding comes back") {
  CHECK(percent_encode("a/b c~%") == "a%2Fb%20c~%25");
  CHECK(percent_encode("a/b c", "/") == "a/b%20c");
  CHECK(percent_decode("a%2fb%20c").value() == "a/b c");
  CHECK_FALSE(percent_decode("%").has_value());
}
