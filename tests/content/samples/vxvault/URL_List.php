<pre>
VX Vault last 100 Links
Fri, 02 Jan 2026 03:04:05 +0000

http://bad.example.com/x.exe
http://192.0.2.42:8080/y.exe
</pre>
