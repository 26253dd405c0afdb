// SPDX-License-Identifier: Apache-2.0
// Every request and response of the socket.
#pragma once

#include "ipc/messages/agent.hpp"
#include "ipc/messages/clone.hpp"
#include "ipc/messages/common.hpp"
#include "ipc/messages/content.hpp"
#include "ipc/messages/history.hpp"
#include "ipc/messages/remotes.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/restore.hpp"
#include "ipc/messages/status.hpp"
#include "ipc/messages/upkeep.hpp"
