/*
 * An ordinary console program that plays the service in the Windows tests.
 *
 * Options, in any order; unknown words are kept as plain arguments:
 *   --version V         its version (default 1.0.0)
 *   --mode good|bad     bad: exit with 1 at once
 *   --exit N            exit with N; at once, or after --after MS
 *   --after MS
 *   --heartbeat FILE    writes "V PID" into FILE once it is up
 *   --events FILE       one line for each: start, ctrl-c, ctrl-break, close, logoff, shutdown, window-close, end
 *   --argv FILE         writes its arguments, UTF-8, each closed by a NUL
 *   --env NAME FILE     writes the value of a variable, UTF-8
 *   --say TEXT          prints TEXT on standard output
 *   --echo              copies one line of standard input to standard output
 *   --port P            answers its version to whoever connects to 127.0.0.1:P
 *   --ignore-break      notes Ctrl+Break and stays
 *   --ignore-c          notes Ctrl+C and stays
 *   --window            has a (hidden) window; its closing ends the program
 *   --spawn N           starts a copy that starts a copy, N deep
 *   --copies PREFIX     the copy that was started with N to go writes its heartbeat to PREFIXN
 *   --breakaway         copies are started outside the job
 * A build of another version is this file with "SVC_CHILD:" and options added at its end ("SVC_CHILD:--version 2.0.0
 * --mode bad"): Windows ignores what follows the image.
 */
#include <winsock2.h>
#include <windows.h>
#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static const wchar_t *events_file;
static const wchar_t *copies;
static const wchar_t *version = L"1.0.0";
static int ignore_break, ignore_c;
static HANDLE stop_event;

static void write_text(const wchar_t *file, const wchar_t *text, int append, char end) {
    int length = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *bytes = malloc((size_t)length + 1);
    DWORD written;
    WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, length, NULL, NULL);
    bytes[length - 1] = end;
    HANDLE handle = CreateFileW(file, append ? FILE_APPEND_DATA : GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                NULL, append ? OPEN_ALWAYS : CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle != INVALID_HANDLE_VALUE) {
        WriteFile(handle, bytes, (DWORD)length, &written, NULL);
        CloseHandle(handle);
    }
    free(bytes);
}

static void note(const wchar_t *what) {
    if (events_file) write_text(events_file, what, 1, '\n');
}

static BOOL WINAPI on_console(DWORD event) {
    static const wchar_t *names[] = {L"ctrl-c", L"ctrl-break", L"close", L"?", L"?", L"logoff", L"shutdown"};
    note(event < 7 ? names[event] : L"?");
    if (event == CTRL_BREAK_EVENT ? ignore_break : event == CTRL_C_EVENT && ignore_c) return TRUE;
    SetEvent(stop_event);
    return TRUE;
}

static LRESULT CALLBACK on_window(HWND window, UINT message, WPARAM w, LPARAM l) {
    if (message == WM_CLOSE) {
        note(L"window-close");
        SetEvent(stop_event);
        return 0;
    }
    return DefWindowProcW(window, message, w, l);
}

static DWORD WINAPI window_thread(LPVOID ready) {
    WNDCLASSW class = {.lpfnWndProc = on_window, .hInstance = GetModuleHandleW(NULL), .lpszClassName = L"svc_child"};
    MSG message;
    RegisterClassW(&class);
    if (!CreateWindowExW(0, class.lpszClassName, L"svc_child", WS_OVERLAPPEDWINDOW, 0, 0, 100, 100, NULL, NULL,
                         class.hInstance, NULL))
        note(L"no-window");
    SetEvent((HANDLE)ready);
    while (GetMessageW(&message, NULL, 0, 0) > 0) DispatchMessageW(&message);
    return 0;
}

static DWORD WINAPI serve(LPVOID port) {
    WSADATA data;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((u_short)(UINT_PTR)port)};
    char answer[64];
    WSAStartup(MAKEWORD(2, 2), &data);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 5)) {
        note(L"no-port");
        return 1;
    }
    snprintf(answer, sizeof answer, "%ls\n", version);
    for (;;) {
        SOCKET peer = accept(listener, NULL, NULL);
        if (peer == INVALID_SOCKET) return 0;
        send(peer, answer, (int)strlen(answer), 0);
        shutdown(peer, SD_SEND);
        closesocket(peer);
    }
}

static void spawn(int depth, int breakaway) {
    wchar_t self[MAX_PATH], line[MAX_PATH * 4], reports[MAX_PATH * 3] = L"";
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION made;
    GetModuleFileNameW(NULL, self, MAX_PATH);
    if (copies) swprintf(reports, MAX_PATH * 3, L" --copies \"%ls\" --heartbeat \"%ls%d\"", copies, copies, depth);
    swprintf(line, MAX_PATH * 4, L"\"%ls\" --ignore-break --spawn %d%ls", self, depth - 1, reports);
    DWORD flags = CREATE_NEW_PROCESS_GROUP | (breakaway ? CREATE_BREAKAWAY_FROM_JOB : 0);
    if (CreateProcessW(self, line, NULL, NULL, FALSE, flags, NULL, NULL, &startup, &made)) {
        CloseHandle(made.hThread);
        CloseHandle(made.hProcess);
    } else {
        note(L"no-copy");
    }
}

/* The options at the end of the own file, or NULL. */
static wchar_t *appended_options(void) {
    static wchar_t options[512];
    wchar_t self[32768];
    char tail[513];
    DWORD count = 0;
    GetModuleFileNameW(NULL, self, 32768);
    HANDLE file = CreateFileW(self, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return NULL;
    SetFilePointer(file, -512, NULL, FILE_END);
    if (!ReadFile(file, tail, 512, &count, NULL)) count = 0;
    CloseHandle(file);
    tail[count] = 0;
    for (DWORD i = 0; i + 10 <= count; i++) {
        if (memcmp(tail + i, "SVC_CHILD:", 10)) continue;
        swprintf(options, 512, L"svc_child %hs", tail + i + 10);
        return options;
    }
    return NULL;
}

int wmain(int argc, wchar_t **argv) {
    const wchar_t *heartbeat = NULL, *mode = L"good";
    int exit_code = 0, must_exit = 0, depth = 0, breakaway = 0, window = 0, port = 0, echo = 0;
    DWORD after = 0;
    stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    int appended_count = 0;
    wchar_t *appended = appended_options();
    wchar_t **appended_words = appended ? CommandLineToArgvW(appended, &appended_count) : NULL;
    for (int pass = 0; pass < 2; pass++) {
        wchar_t **words = pass ? argv : appended_words;
        int count = pass ? argc : appended_count;
        for (int i = 1; i < count; i++) {
            wchar_t *word = words[i], *next = i + 1 < count ? words[i + 1] : L"";
#define IS(text) (wcscmp(word, L##text) == 0)
            if (IS("--version")) version = next, i++;
            else if (IS("--mode")) mode = next, i++;
            else if (IS("--exit")) exit_code = (int)wcstoul(next, NULL, 10), must_exit = 1, i++;
            else if (IS("--after")) after = wcstoul(next, NULL, 10), i++;
            else if (IS("--heartbeat")) heartbeat = next, i++;
            else if (IS("--events")) events_file = next, i++;
            else if (IS("--say")) printf("%ls\n", next), fflush(stdout), i++;
            else if (IS("--echo")) echo = 1;
            else if (IS("--port")) port = _wtoi(next), i++;
            else if (IS("--ignore-break")) ignore_break = 1;
            else if (IS("--ignore-c")) ignore_c = 1;
            else if (IS("--window")) window = 1;
            else if (IS("--spawn")) depth = _wtoi(next), i++;
            else if (IS("--copies")) copies = next, i++;
            else if (IS("--breakaway")) breakaway = 1;
            else if (IS("--argv")) {
                DeleteFileW(next);
                for (int k = i + 2; k < count; k++) write_text(next, words[k], 1, 0);
                if (i + 2 >= count) write_text(next, L"", 0, 0);
                break;
            } else if (IS("--env") && i + 2 < count) {
                wchar_t value[4096] = L"(unset)";
                GetEnvironmentVariableW(next, value, 4096);
                write_text(words[i + 2], value, 0, '\n');
                i += 2;
            }
        }
    }
    note(L"start");
    if (wcscmp(mode, L"bad") == 0) return 1;
    if (echo) {
        char line[256];
        if (fgets(line, sizeof line, stdin)) fputs(line, stdout), fflush(stdout);
        return exit_code;
    }
    if (must_exit && !after) return exit_code;
    SetConsoleCtrlHandler(NULL, FALSE);
    SetConsoleCtrlHandler(on_console, TRUE);
    if (window) {
        HANDLE ready = CreateEventW(NULL, TRUE, FALSE, NULL);
        CreateThread(NULL, 0, window_thread, ready, 0, NULL);
        WaitForSingleObject(ready, 10000);
    }
    if (port) CreateThread(NULL, 0, serve, (LPVOID)(UINT_PTR)port, 0, NULL);
    if (depth > 0) spawn(depth, breakaway);
    if (heartbeat) {
        wchar_t text[128];
        swprintf(text, 128, L"%ls %lu", version, GetCurrentProcessId());
        write_text(heartbeat, text, 0, '\n');
    }
    /* No test waits this long; a forgotten copy must not stay for ever. */
    DWORD waited = WaitForSingleObject(stop_event, must_exit ? after : 300000);
    note(L"end");
    return waited == WAIT_OBJECT_0 ? 0 : exit_code;
}
