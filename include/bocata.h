/* Bocata: a web framework whose heart is signed cookie sessions. An application includes this. */
#ifndef BOCATA_H
#define BOCATA_H

#include <bocata/app.h>
#include <bocata/client.h>
#include <bocata/close_code.h>
#include <bocata/config.h>
#include <bocata/csrf.h>
#include <bocata/html.h>
#include <bocata/request.h>
#include <bocata/response.h>
#include <bocata/server.h>
#include <bocata/session.h>
#include <bocata/timer.h>
#include <bocata/version.h>
#include <bocata/websocket.h>

#endif
